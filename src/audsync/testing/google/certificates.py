"""A certificate authority that lives as long as the process, and a certificate of it."""

import datetime as dt
import ipaddress
import os
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

ROOTS: Final = "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"  # the variable of gRPC


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM texts: of the authority, and of a server on this machine with its key."""

    authority: bytes
    server: bytes
    key: bytes = field(repr=False)


@cache
def certificates() -> Certificates:
    """The certificates of this process, of one authority, as gRPC reads its roots once."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    authority_key = ec.generate_private_key(ec.SECP256R1())
    server_key = ec.generate_private_key(ec.SECP256R1())
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Fake authority")])
    now = dt.datetime.now(dt.UTC)
    day = dt.timedelta(days=1)

    def builder(name: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(authority_name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - day)
            .not_valid_after(now + 365 * day)
        )

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
    authority = (
        builder(authority_name, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    server = (
        builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), server_key)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    return Certificates(
        authority.public_bytes(pem),
        server.public_bytes(pem),
        server_key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
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
