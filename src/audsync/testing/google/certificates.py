"""A certificate authority that lives as long as the process, and a certificate of it."""

import datetime as dt
import ipaddress
import os
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ROOTS: Final = "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"  # the variable of gRPC
_CURVE: Final = ec.SECP256R1()
_AUTHORITY: Final = "Fake authority"


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM texts: of the authority, and of a server on this machine with its key."""

    authority: bytes
    server: bytes
    key: bytes = field(repr=False)


@cache
def certificates() -> Certificates:
    """The certificates of this process, of one authority, as gRPC reads its roots once."""
    signer, key = ec.generate_private_key(_CURVE), ec.generate_private_key(_CURVE)
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    return Certificates(
        _authority(signer).public_bytes(pem),
        _server(key, signer).public_bytes(pem),
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain),
    )


def _authority(signer: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        _unsigned(_AUTHORITY, signer)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(signer, hashes.SHA256())
    )


def _server(
    key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    return (
        _unsigned("localhost", key)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(signer, hashes.SHA256())
    )


def _unsigned(name: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now, day = dt.datetime.now(dt.UTC), dt.timedelta(days=1)
    subject, issuer = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, _AUTHORITY)
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + 365 * day)
    )


def write_authority(file: Path) -> None:
    """Write the certificate of the authority to a file."""
    file.write_bytes(certificates().authority)


def trust_authority(folder: Path | None = None) -> Path:
    """Let gRPC in this process, and in those it starts, trust the authority.

    To be called before the first secure channel of the process: later is too late for gRPC.
    Writes the authority's certificate to a file, and returns it.
    """
    where = folder or Path(tempfile.mkdtemp(prefix="audsync-fake-google-"))
    file = where / "authority.pem"
    write_authority(file)
    os.environ[ROOTS] = str(file)
    return file
