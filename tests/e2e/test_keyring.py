"""`audsync secrets` with a real Secret Service, and where that is missing, locked or mute.

`make test-slow` installs what these tests need.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from command import audsync
from daemon_process import wait_until

pytestmark = pytest.mark.slow

VALUE = "canary-s3cret-value"
NAME = "some_token"
ALT = Path(sys.prefix) / "keyrings-alt"
Environment = dict[str, str]

# Locks the default collection, as a desktop does after a while.
LOCK = """
import secretstorage
bus = secretstorage.dbus_init()
secretstorage.get_default_collection(bus).lock()
"""
# Owns the name of the Secret Service and answers nobody.
MUTE = """
import time
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import Proxy, open_dbus_connection
bus = open_dbus_connection()
Proxy(message_bus, bus).RequestName("org.freedesktop.secrets")
print("ready", flush=True)
time.sleep(600)
"""
# Comes back when somebody owns that name; the bus would start another service for who asks.
OWNED = """
import time
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import Proxy, open_dbus_connection
asked = Proxy(message_bus, open_dbus_connection())
while not asked.NameHasOwner("org.freedesktop.secrets")[0]:
    time.sleep(0.05)
"""


@contextmanager
def running(*command: str, env: Environment, stdin: str = "") -> Iterator[str]:
    """The first line that a program says; it is ended with the block."""
    process = subprocess.Popen(
        command,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(stdin)
        process.stdin.close()
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def bus(shop: Path) -> Iterator[Environment]:
    """The environment of a private D-Bus."""
    runtime = shop / "runtime"
    runtime.mkdir(mode=0o700)
    env = {"PATH": os.environ["PATH"], "HOME": str(shop), "XDG_RUNTIME_DIR": str(runtime)}
    with running("dbus-daemon", "--session", "--nofork", "--print-address", env=env) as line:
        yield {**env, "DBUS_SESSION_BUS_ADDRESS": line}


@pytest.fixture
def keyring(bus: Environment) -> Iterator[Environment]:
    """The same with a Secret Service that is unlocked."""
    command = ("gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock")
    with ExitStack() as open_things:
        open_things.enter_context(running(*command, env=bus, stdin="of the desk\n"))
        subprocess.run([sys.executable, "-c", OWNED], env=bus, check=True, timeout=60)
        yield bus


def secrets(
    shop: Path, *arguments: str, env: Environment, stdin: str = ""
) -> CompletedProcess[str]:
    more = {name: text for name, text in env.items() if name not in {"PATH", "HOME"}}
    done = audsync("secrets", *arguments, cwd=shop, stdin=stdin, **more)
    assert VALUE not in done.stdout + done.stderr
    return done


def forget(shop: Path, env: Environment) -> CompletedProcess[str]:
    """A command that needs a secret and does not find it."""
    bus = {"DBUS_SESSION_BUS_ADDRESS": env["DBUS_SESSION_BUS_ADDRESS"]}
    refused = audsync("forget", "--customer-id", "c001", cwd=shop, **bus)
    assert refused.returncode == 8
    return refused


def told(shop: Path, env: Environment) -> str:
    """What is said of the keyring where a secret of the shop is looked for."""
    done = secrets(shop, "set", NAME, env=env, stdin=VALUE)
    assert done.returncode == 5, done.stdout
    return done.stderr


def test_a_secret_is_kept_found_and_deleted(shop: Path, keyring: Environment) -> None:
    made = secrets(shop, "set", "suppression_key", "--generate", env=keyring)
    assert made.returncode == 0, made.stderr

    def says(line: str, *arguments: str) -> bool:
        bus = {"DBUS_SESSION_BUS_ADDRESS": keyring["DBUS_SESSION_BUS_ADDRESS"]}
        return line in audsync(*arguments, cwd=shop, **bus).stdout

    # Who only looks waits 5 s for an answer, which a machine that stands still has not.
    wait_until(lambda: says("suppression_key\tkeyring\n", "secrets", "list"))
    assert secrets(shop, "set", NAME, env=keyring, stdin=f"{VALUE}\n").returncode == 0
    wait_until(lambda: says("keyring: SecretService", "doctor"))
    assert secrets(shop, "delete", NAME, env=keyring).returncode == 0
    assert secrets(shop, "delete", NAME, env=keyring).returncode == 9


def test_without_a_bus_there_is_no_keyring(shop: Path) -> None:
    assert "keyring: none on this machine that keeps secrets safely" in told(shop, {})


def test_a_locked_keyring_that_nobody_can_unlock_is_told(
    shop: Path, keyring: Environment
) -> None:
    assert secrets(shop, "set", "suppression_key", "--generate", env=keyring).returncode == 0
    subprocess.run([sys.executable, "-c", LOCK], env=keyring, check=True, timeout=60)
    began = time.monotonic()
    listed = secrets(shop, "list", env=keyring)
    assert "suppression_key\tnot set\n" in listed.stdout
    assert time.monotonic() - began < 120
    refused = forget(shop, keyring)
    assert re.search(r"keyring: (it cannot be asked|no answer in 5 s)", refused.stderr)


def test_a_keyring_that_does_not_answer_holds_up_nothing(shop: Path, bus: Environment) -> None:
    with running(sys.executable, "-c", MUTE, env=bus) as line:
        assert line == "ready"
        began = time.monotonic()
        refused = forget(shop, bus)
        assert "keyring: no answer in 5 s (locked and waiting" in refused.stderr
        assert time.monotonic() - began < 120


def test_a_keyring_of_plain_text_is_not_used(shop: Path) -> None:
    assert (ALT / "keyrings" / "alt").is_dir(), "make test-slow installs it"
    chosen = subprocess.run(
        [sys.executable, "-c", "import keyring; print(keyring.get_keyring())"],
        env={"PYTHONPATH": str(ALT), "HOME": str(shop)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "keyrings.alt.file" in chosen.stdout, "it is the one that would be used"
    message = told(shop, {"PYTHONPATH": str(ALT)})
    assert "keyring: none on this machine that keeps secrets safely" in message
    assert not list(shop.rglob("keyring_pass.cfg"))
