"""Where a secret is found, what is said when it is nowhere, and that nobody says it."""

import pickle
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from audsync.errors import CredentialError
from audsync.secrets import Secret, Vault, desktop, without_secrets

VALUE = "canary-s3cret-value"
NAME = "AUDSYNC_SECRET__KOLO_PL__META_TOKEN"


class Keyring:
    """A keyring of a desktop, with one entry."""

    __module__ = "keyring.backends.SecretService"

    def __init__(self, ask: Callable[[str, str], str | None]) -> None:
        self.get_password = ask


class PlainKeyring(Keyring):
    __module__ = "keyrings.alt.file"


class Chain(Keyring):
    __module__ = "keyring.backends.chainer"

    def __init__(self, *backends: Keyring) -> None:
        self.backends = backends


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """No container secrets and no keyring, whatever the machine has."""
    use_keyring(monkeypatch, PlainKeyring(lambda _service, _user: VALUE))
    return {"AUDSYNC_SECRETS_DIR": str(tmp_path / "none")}


def use_keyring(monkeypatch: pytest.MonkeyPatch, backend: Keyring) -> None:
    module: Any = ModuleType("keyring")
    module.get_keyring = lambda: backend
    monkeypatch.setitem(sys.modules, "keyring", module)


def entry(service: str, user: str) -> str | None:
    return VALUE if (service, user) == ("audsync", "kolo-pl/meta_token") else None


def look(environ: dict[str, str], **more: Any) -> tuple[str, str]:
    found = Vault(environ, **more).get("meta_token", shop="kolo-pl")
    return found.secret.reveal(), found.place


def test_the_places_are_looked_at_in_order_and_the_first_one_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for place in ("named", "systemd/kolo-pl.meta_token", "run/kolo-pl.meta_token"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text(f"{place}\n", encoding="utf-8")
    use_keyring(monkeypatch, Keyring(entry))
    environ = {
        "AUDSYNC_SECRETS_DIR": str(tmp_path / "run"),
        "CREDENTIALS_DIRECTORY": str(tmp_path / "systemd"),
        f"{NAME}_FILE": str(tmp_path / "named"),
        NAME: "variable",
    }
    assert look(environ) == ("variable", f"environment variable {NAME}")
    del environ[NAME]
    assert look(environ) == ("named", f"file named in {NAME}_FILE")
    del environ[f"{NAME}_FILE"]
    assert look(environ) == (
        "systemd/kolo-pl.meta_token",
        "systemd credential kolo-pl.meta_token",
    )
    del environ["CREDENTIALS_DIRECTORY"]
    assert look(environ) == ("run/kolo-pl.meta_token", "container secret kolo-pl.meta_token")
    environ["AUDSYNC_SECRETS_DIR"] = str(tmp_path)
    assert look(environ) == (VALUE, "keyring")


def test_a_secret_that_is_nowhere_is_told_with_every_place(places: dict[str, str]) -> None:
    with pytest.raises(CredentialError) as caught:
        look(places)
    assert str(caught.value) == (
        'secret "meta_token" for shop "kolo-pl" is not set. Looked in:\n'
        f"  - environment variable {NAME}\n"
        f"  - file named in {NAME}_FILE\n"
        "  - systemd credential kolo-pl.meta_token (not started by systemd with credentials)\n"
        "  - container secret kolo-pl.meta_token\n"
        "  - keyring: none on this machine that keeps secrets safely\n"
        "On a desktop:  audsync secrets set meta_token --shop kolo-pl\n"
        f"On a server:   put it in a file and point {NAME}_FILE at it, or use systemd "
        "LoadCredential="
    )


def test_two_shops_never_share_a_variable(places: dict[str, str]) -> None:
    environ = {**places, "AUDSYNC_SECRET__KOLO__PL_TOKEN": "other"}
    with pytest.raises(CredentialError):
        Vault(environ).get("token", shop="kolo-pl")


def test_a_keyring_that_waits_for_a_prompt_does_not_hold_up_a_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    released = threading.Event()

    def wait(_service: str, _user: str) -> str:
        released.wait(120)
        return VALUE

    use_keyring(monkeypatch, Keyring(wait))
    started = time.monotonic()
    missed = desktop.in_keyring("meta_token", "kolo-pl", wait_seconds=0.05)
    assert time.monotonic() - started < 60
    assert missed.place == (
        "keyring: no answer in 0.05 s (locked and waiting for a desktop prompt?)"
    )
    assert all(one.daemon for one in threading.enumerate() if one.name == "keyring")
    released.set()


def test_of_several_keyrings_only_one_that_is_safe_is_asked(
    monkeypatch: pytest.MonkeyPatch, places: dict[str, str]
) -> None:
    plain = PlainKeyring(lambda _service, _user: "kept in plain text")
    use_keyring(monkeypatch, Chain(plain, Keyring(entry)))
    assert look(places) == (VALUE, "keyring")


@pytest.mark.parametrize("error", [RuntimeError(VALUE), EOFError(), OSError(VALUE)])
def test_a_keyring_that_fails_is_a_place_without_the_secret(
    error: Exception, monkeypatch: pytest.MonkeyPatch, places: dict[str, str]
) -> None:
    def fail(_service: str, _user: str) -> str:
        raise error

    use_keyring(monkeypatch, Keyring(fail))
    with pytest.raises(CredentialError) as caught:
        look(places)
    assert f"  - keyring: it cannot be asked ({type(error).__name__})\n" in str(caught.value)
    assert VALUE not in str(caught.value)


def test_an_entry_that_is_not_there_is_told(
    monkeypatch: pytest.MonkeyPatch, places: dict[str, str]
) -> None:
    use_keyring(monkeypatch, Keyring(lambda _service, _user: None))
    with pytest.raises(CredentialError, match="  - keyring: no entry kolo-pl/meta_token\n"):
        look(places)


# Kept by audsync itself


class OpenKeyring(Keyring):
    """A keyring that takes and gives, as those of desktops do."""

    __module__ = "keyring.backends.SecretService"

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}
        super().__init__(lambda service, user: self.entries.get((service, user)))

    def set_password(self, service: str, user: str, text: str) -> None:
        self.entries[service, user] = text

    def delete_password(self, service: str, user: str) -> None:
        del self.entries[service, user]


def test_a_secret_is_put_into_the_keyring_found_there_and_dropped(
    monkeypatch: pytest.MonkeyPatch, places: dict[str, str]
) -> None:
    keyring = OpenKeyring()
    use_keyring(monkeypatch, keyring)
    vault = Vault(places)
    vault.put(Secret(VALUE), "meta_token", shop="kolo-pl")
    assert keyring.entries == {("audsync", "kolo-pl/meta_token"): VALUE}
    assert look(places) == (VALUE, "keyring")
    assert vault.drop("meta_token", shop="kolo-pl")
    assert not vault.drop("meta_token", shop="kolo-pl")
    assert keyring.entries == {}


def test_a_keyring_that_does_not_give_back_what_it_took_has_not_kept_it(
    monkeypatch: pytest.MonkeyPatch, places: dict[str, str]
) -> None:
    keyring = OpenKeyring()
    keyring.get_password = lambda _service, _user: "another"
    use_keyring(monkeypatch, keyring)
    with pytest.raises(CredentialError, match="does not give it back"):
        Vault(places).put(Secret(VALUE), "meta_token", shop="kolo-pl")


@pytest.mark.parametrize("command", [None, ["pass", "show"]])
def test_where_no_keyring_is_asked_nothing_is_kept(
    command: list[str] | None, places: dict[str, str]
) -> None:
    vault = Vault(places, command)
    words = "keeps secrets safely" if command is None else "keep it where pass finds it"
    with pytest.raises(CredentialError, match=words) as caught:
        vault.put(Secret(VALUE), "meta_token", shop="kolo-pl")
    assert VALUE not in str(caught.value)
    assert (f"{NAME}_FILE" in str(caught.value)) == (command is None)
    with pytest.raises(CredentialError, match=words):
        vault.drop("meta_token", shop="kolo-pl")


# Files


def test_of_a_file_one_line_end_is_taken_off(tmp_path: Path, places: dict[str, str]) -> None:
    file = tmp_path / "secret"
    for data in (b" value \n", b" value \r\n", b" value "):
        file.write_bytes(data)
        assert look({**places, f"{NAME}_FILE": str(file)})[0] == " value "


def test_a_file_that_others_can_read_is_warned_of(
    tmp_path: Path, places: dict[str, str]
) -> None:
    file = tmp_path / "secret"
    file.write_text(VALUE, encoding="utf-8")
    for mode, warned in ((0o600, False), (0o640, False), (0o644, True)):
        file.chmod(mode)
        found = Vault({**places, f"{NAME}_FILE": str(file)}).get("meta_token", shop="kolo-pl")
        assert (found.warning is not None) == warned
        assert VALUE not in repr(found)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (None, "is not there"),
        (b"\xff\xfe" + VALUE.encode("utf-16-le"), "cannot be read"),
        (b"x" * 64_001, "longer than 64 kB"),
    ],
)
def test_a_named_file_that_cannot_be_the_secret_stops_the_search(
    data: bytes | None, told: str, tmp_path: Path, places: dict[str, str]
) -> None:
    file = tmp_path / "secret"
    if data is not None:
        file.write_bytes(data)
    with pytest.raises(CredentialError, match=told) as caught:
        look({**places, f"{NAME}_FILE": str(file)})
    assert f"{NAME}_FILE: {file}" in str(caught.value)


def test_an_empty_variable_and_an_empty_file_are_no_secret(
    tmp_path: Path, places: dict[str, str]
) -> None:
    file = tmp_path / "secret"
    file.write_text("\n", encoding="utf-8")
    with pytest.raises(CredentialError, match=r"_FILE \(the file is empty\)"):
        look({**places, NAME: "", f"{NAME}_FILE": str(file)})


# The command


def python(code: str) -> list[str]:
    return [sys.executable, "-c", f"import os, sys\n{code}", "{shop}/{name}"]


def test_a_command_stands_in_the_place_of_the_keyring(
    monkeypatch: pytest.MonkeyPatch, places: dict[str, str]
) -> None:
    use_keyring(monkeypatch, Keyring(entry))
    command = python("print(sys.argv[1]); print('second line')")
    assert look(places, command=command) == (
        "kolo-pl/meta_token",
        f"command {sys.executable}",
    )


def test_a_command_sees_no_other_secret(places: dict[str, str]) -> None:
    environ = {**places, "AUDSYNC_SECRET__OTHER__TOKEN": VALUE, "PATH": "/bin"}
    command = python("print(sorted(n for n in os.environ if n.startswith('AUDSYNC_')))")
    assert look(environ, command=command)[0] == "['AUDSYNC_SECRETS_DIR']"
    assert without_secrets(environ) == {**places, "PATH": "/bin"}


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (python(f"print('{VALUE}'); sys.exit(3)"), "it ended with exit code 3"),
        (python("print()"), "it printed nothing"),
        (["/none/such"], "it cannot be run (FileNotFoundError)"),
    ],
)
def test_a_command_that_fails_is_a_place_without_the_secret(
    command: list[str], told: str, places: dict[str, str]
) -> None:
    with pytest.raises(CredentialError) as caught:
        look(places, command=command)
    assert f"  - command {command[0]}: {told}\n" in str(caught.value)
    assert VALUE not in str(caught.value)


# The secret itself


def test_a_secret_is_never_shown_or_written() -> None:
    secret = Secret(VALUE)
    shown = f"{secret} {secret!r} {[secret]} {secret!s}"
    assert VALUE not in shown
    assert repr(secret) == "Secret(***)"
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        f"{secret:>20}"


def test_secrets_are_equal_by_their_text() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
