"""Secrets that are sent as a header."""

from audsync.errors import CredentialError


def header_text(text: str, *, connector: str, secret: str) -> str:
    """The text of a secret as a header can hold it.

    Raises CredentialError where it has a sign that none can: a letter with an accent, a curly
    quote, a line break, the invisible mark that some editors put first.
    """
    if text.isascii() and text.isprintable():
        return text
    raise CredentialError(
        f"{connector}: the secret {secret} has a sign in it that cannot be sent, such as a "
        "curly quote, a line break or an invisible mark; copy it once more"
    )
