"""`audsync secrets`: what is set is found, told by place alone, and deleted."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from command import audsync
from halny_shop import configuration

VALUE = "canary-s3cret-value"
# A keyring of a desktop, whose entries are in a file.
KEYRING = """\
import json, os
from pathlib import Path

FILE = Path(os.environ["HOME"]) / "entries.json"

class Keyring:
    def get_password(self, service, user):
        return self._all().get(f"{service} {user}")

    def set_password(self, service, user, text):
        FILE.write_text(json.dumps({**self._all(), f"{service} {user}": text}))

    def delete_password(self, service, user):
        left = self._all()
        del left[f"{service} {user}"]
        FILE.write_text(json.dumps(left))

    def _all(self):
        return json.loads(FILE.read_text()) if FILE.exists() else {}
"""
Done = subprocess.CompletedProcess[str]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(configuration("https://panel.example"))
    package = tmp_path / "lib" / "keyring"
    (package / "backends").mkdir(parents=True)
    (package / "backends" / "__init__.py").touch()
    (package / "backends" / "SecretService.py").write_text(KEYRING, encoding="utf-8")
    (package / "__init__.py").write_text(
        "from keyring.backends.SecretService import Keyring\n\n\n"
        "def get_keyring():\n    return Keyring()\n",
        encoding="utf-8",
    )
    return tmp_path


def command(shop: Path, *arguments: str, stdin: str = "", **environment: str) -> Done:
    library = str(shop / "lib")
    done = audsync(*arguments, cwd=shop, stdin=stdin, PYTHONPATH=library, **environment)
    assert VALUE not in done.stdout + done.stderr
    return done


def listed(shop: Path, **environment: str) -> object:
    done = command(shop, "secrets", "list", "--json", **environment)
    assert done.returncode == 0
    rows = json.loads(done.stdout)["secrets"]
    assert rows.pop() == {"name": "suppression_key", "place": None}
    return rows


def test_a_secret_whose_file_cannot_be_read_is_told_apart_from_one_that_is_not_set(
    shop: Path,
) -> None:
    named = {"AUDSYNC_SECRET__HALNY__IDOSELL_API_KEY_FILE": str(shop / "nowhere")}
    done = command(shop, "secrets", "list", "--json", **named)
    assert json.loads(done.stdout)["secrets"] == [
        {"name": "idosell_api_key", "place": None},
        {"name": "suppression_key", "place": None},
    ]
    assert "nowhere is not there; correct the path" in done.stderr
    assert "not there" not in command(shop, "secrets", "list").stderr


def test_a_secret_is_set_listed_and_deleted(shop: Path) -> None:
    assert listed(shop) == [{"name": "idosell_api_key", "place": None}]
    done = command(shop, "secrets", "set", "idosell_api_key", stdin=f"{VALUE}\n")
    assert (done.returncode, done.stdout) == (
        0,
        "idosell_api_key of halny is kept in the keyring\n",
    )
    assert done.stderr == "Next: audsync doctor --shop halny --online\n"
    kept = json.loads((shop / "entries.json").read_text(encoding="utf-8"))
    assert kept == {"audsync halny/idosell_api_key": VALUE}
    done = command(shop, "secrets", "list")
    assert done.stdout == (
        "secret\tplace\nidosell_api_key\tkeyring\nsuppression_key\tnot set\n"
    )
    done = command(shop, "secrets", "delete", "idosell_api_key", "--shop", "halny")
    assert done.returncode == 0
    assert listed(shop) == [{"name": "idosell_api_key", "place": None}]
    done = command(shop, "secrets", "delete", "idosell_api_key")
    assert (done.returncode, "no idosell_api_key of halny" in done.stderr) == (9, True)


def test_a_place_that_is_looked_at_before_the_keyring_is_warned_of(shop: Path) -> None:
    name = "AUDSYNC_SECRET__HALNY__IDOSELL_API_KEY"
    done = command(
        shop, "secrets", "set", "idosell_api_key", stdin=VALUE, **{name: "the old one"}
    )
    assert done.returncode == 0
    assert f"environment variable {name} is looked at first" in done.stderr
    found = listed(shop, **{name: "the old one"})
    assert found == [{"name": "idosell_api_key", "place": f"environment variable {name}"}]


def test_a_name_that_nobody_asks_for_is_warned_of(shop: Path) -> None:
    done = command(shop, "secrets", "set", "idosel_api_key", stdin=VALUE)
    assert done.returncode == 0
    assert "asks for no secret idosel_api_key; it asks for: idosell_api_key" in done.stderr


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [("", 5, "nothing was given"), ("x" * 64_001, 5, "longer than 64 kB")],
)
def test_what_is_no_secret_is_refused(shop: Path, given: str, code: int, words: str) -> None:
    done = command(shop, "secrets", "set", "idosell_api_key", stdin=given)
    assert (done.returncode, words in done.stderr) == (code, True)
    assert not (shop / "entries.json").exists()


def test_a_secret_is_never_an_argument_and_a_name_is_a_name(shop: Path) -> None:
    done = audsync("secrets", "set", "idosell_api_key", "some-value", cwd=shop)
    assert done.returncode == 2
    done = command(shop, "secrets", "set", "../key", stdin=VALUE)
    assert (done.returncode, "small letters" in done.stderr) == (2, True)


def test_without_a_keyring_a_server_is_told_what_to_do(shop: Path) -> None:
    done = audsync("secrets", "set", "idosell_api_key", cwd=shop, stdin=VALUE)
    assert done.returncode == 5
    assert "none on this machine that keeps secrets safely" in done.stderr
    assert "AUDSYNC_SECRET__HALNY__IDOSELL_API_KEY_FILE" in done.stderr
    assert "openssl" not in done.stderr, "a key of the panel is not made up"
    made_up = audsync("secrets", "set", "suppression_key", "--generate", cwd=shop)
    assert made_up.returncode == 5
    assert "To make it there: umask 077; openssl rand -hex 32 > FILE" in made_up.stderr


def test_the_doctor_looks_as_a_service_does_and_not_into_this_shell(shop: Path) -> None:
    (shop / "halny.suppression_key").write_text("5e1f" * 16, encoding="utf-8")
    (shop / "halny.suppression_key").chmod(0o600)
    here = {"AUDSYNC_SECRET__HALNY__IDOSELL_API_KEY": VALUE}
    done = command(shop, "doctor", "--credentials", ".", **here)
    assert "suppression_key is found: systemd credential halny.suppression_key" in done.stdout
    assert "secret idosell_api_key is not set" in done.stdout


def test_at_a_terminal_the_secret_is_asked_for_and_not_shown(shop: Path) -> None:
    program = str(Path(sys.executable).with_name("audsync"))
    terminal = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
    with subprocess.Popen(
        [sys.executable, "-c", terminal, program, "secrets", "set", "idosell_api_key"],
        cwd=shop,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(shop),
            "PYTHONPATH": str(shop / "lib"),
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=0,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        shown = process.stdout.read(len("idosell_api_key: "))
        process.stdin.write(f"{VALUE}\n")
        process.stdin.flush()
        shown += process.stdout.read()
        assert process.wait(timeout=60) == 0
    assert shown.startswith("idosell_api_key: ")
    assert VALUE not in shown
    assert VALUE in (shop / "entries.json").read_text(encoding="utf-8")


def test_a_key_is_made_up_once(shop: Path) -> None:
    done = command(shop, "secrets", "set", "suppression_key", "--generate")
    assert done.returncode == 0, done.stderr
    assert "keep a copy" in done.stderr
    (kept,) = json.loads((shop / "entries.json").read_text(encoding="utf-8")).values()
    assert len(kept) == 64
    assert kept not in done.stdout + done.stderr
    again = command(shop, "secrets", "set", "suppression_key", "--generate")
    assert again.returncode == 5
    assert "suppression_key of halny is there already (keyring)" in again.stderr
    (after,) = json.loads((shop / "entries.json").read_text(encoding="utf-8")).values()
    assert after == kept
