"""What a machine lacks before systemd can begin a shop on it."""

import pwd
import shlex
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from audsync.config import Config, load_config
from audsync.daemon.preparing import cannot_reach, to_do
from audsync.daemon.units import Host
from small_shop import make_shop

NOBODY = pwd.getpwnam("nobody")


@pytest.fixture
def config() -> Iterator[Config]:
    """A shop in a folder that everybody may enter, which those of pytest are not."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield load_config(make_shop(Path(folder) / "with space") / "config.toml")


def host(config: Config, *, user: str = NOBODY.pw_name) -> Host:
    return Host(Path("/bin/sh"), user, config.folder / "keys")


def lacking(config: Config, *, user: str = NOBODY.pw_name) -> list[str]:
    return to_do(config, list(config.shops.values()), host(config, user=user))


def test_all_that_is_missing_is_told_as_commands(config: Config) -> None:
    place = config.folder
    key = shlex.quote(f"{place}/keys/kolo.suppression_key")
    assert lacking(config, user="audsync-of-nowhere") == [
        f"sudo useradd --system --home-dir '{place}' audsync-of-nowhere",
        f"sudo install -d -o audsync-of-nowhere -m 0700 '{place}/out'",
        f"sudo install -d -o audsync-of-nowhere -m 0700 '{place}/snapshots'",
        f"sudo install -d -o audsync-of-nowhere -m 0700 '{place}/state'",
        f"sudo install -d -m 0700 '{place}/keys'",
        f"sudo sh -c {shlex.quote(f'umask 077; openssl rand -hex 32 > {key}')}",
    ]


def test_a_folder_of_somebody_else_is_handed_over_and_an_old_key_is_brought(
    config: Config,
) -> None:
    for name in ("out", "snapshots", "state/kolo", "keys"):
        (config.folder / name).mkdir(parents=True)
    told = lacking(config)
    assert f"sudo chown -R nobody '{config.folder}/state'" in told
    assert not any("openssl" in line for line in told), "that would be another key"
    assert "cat > " in told[-1]


def test_a_folder_that_the_user_may_not_enter_is_told(config: Config) -> None:
    closed = config.folder
    reached = [one for one in cannot_reach(config, host(config)) if str(closed) in one]
    assert reached == []
    closed.chmod(0o700)
    (told,) = (one for one in cannot_reach(config, host(config)) if str(closed) in one)
    assert told.startswith(f"{config.file} is out of reach of user nobody, who may not enter")
