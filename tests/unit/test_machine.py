"""What `audsync doctor` finds on the machine."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audsync.config import Config, load_config
from audsync.contracts import Finding, Level
from audsync.identity.suppression import Suppression
from audsync.run import machine
from audsync.run.connectors import sinks_of
from audsync.run.machine import examine_machine
from audsync.run.suppression import note_key
from audsync.state import State, lock
from audsync_sink_meta import MetaSink
from small_shop import make_shop

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)
KEY = "AUDSYNC_SECRET__KOLO__SUPPRESSION_KEY"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    shop = make_shop(tmp_path / "shop")
    monkeypatch.setattr(machine, "keyring_name", lambda: None)
    text = (shop / "config.toml").read_text("utf-8")
    (shop / "config.toml").write_text(f'{text}\n[secrets]\ncommand = ["false"]\n', "utf-8")
    return load_config(shop / "config.toml")


def findings(config: Config, **sinks: type[MetaSink]) -> list[Finding]:
    made = [one.__new__(one) for one in sinks.values()]
    return list(examine_machine(config, config.shops["kolo"], made, now=NOW))


def wrong(config: Config) -> list[Finding]:
    return [one for one in findings(config) if one.level is not Level.OK]


def test_a_fresh_shop_has_nothing_wrong(config: Config) -> None:
    assert wrong(config) == []


def test_a_secret_is_told_by_its_place_alone(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY, "s3cret" * 9)
    told = " ".join(one.message for one in findings(config))
    assert f"secret suppression_key is found: environment variable {KEY}" in told
    assert "s3cret" not in told


def test_a_key_that_every_run_refuses_is_an_error(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY, "s3cret")
    (found,) = wrong(config)
    assert (found.level, "shorter than 32" in found.message) == (Level.ERROR, True)
    assert "s3cret" not in str(found)


def test_a_token_that_a_sign_in_gives_is_asked_for_by_that(config: Config) -> None:
    file = config.file
    more = '[shops.kolo.sinks.ads]\ntype = "google"\naccount = "1234567890"\nclient_id = "c"\n'
    file.write_text(file.read_text("utf-8") + more, "utf-8")
    signed = load_config(file)
    remedies = {one.message.split()[1]: one.remedy for one in wrong(signed)}
    assert remedies == {
        "google_client_secret": "audsync secrets set google_client_secret --shop kolo",
        "google_refresh_token": "audsync secrets login ads --shop kolo",
    }
    (told,) = sinks_of(signed, signed.shops["kolo"])["ads"].check()
    assert "On a desktop:  audsync secrets login ads --shop kolo\n" in told.message


def test_what_is_surely_needed_is_told_so(config: Config) -> None:
    file = config.file
    more = '[privacy]\nidentities = "hashed"\n[notify]\nchannels = true\n'
    file.write_text(file.read_text("utf-8") + more, "utf-8")
    found = {one.message.split()[1]: one for one in wrong(load_config(file))}
    assert found["identity_key"].level is Level.ERROR
    assert found["notify_urls"].level is Level.WARNING
    assert "nobody is told" in found["notify_urls"].message


def test_a_lost_suppression_key_is_an_error_once_somebody_was_forgotten(config: Config) -> None:
    with State(config.state_folder / "kolo") as state:
        state.suppressions.ask("r1", {"mark"}, at=NOW)
    (found,) = wrong(config)
    assert (found.level, found.remedy) == (Level.ERROR, "bring it back from its copy")


def test_another_suppression_key_than_that_of_the_forgotten_is_an_error(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    with State(config.state_folder / "kolo") as state:
        note_key(state, Suppression(b"0" * 64, set()))
    monkeypatch.setenv(KEY, "0" * 64)
    assert wrong(config) == []
    monkeypatch.setenv(KEY, "1" * 64)
    (found,) = wrong(config)
    assert (found.level, "is another one" in found.message) == (Level.ERROR, True)


def test_files_that_others_can_open_and_an_active_run(config: Config) -> None:
    folder = config.state_folder / "kolo"
    with lock(folder, now=NOW):
        (folder / "members").mkdir(mode=0o755)
        (found,) = wrong(config)
        assert "members can be opened by others" in found.message
        assert any(
            "a run is active since 2026-11-30" in one.message for one in findings(config)
        )


def test_a_clock_that_went_back(config: Config) -> None:
    with State(config.state_folder / "kolo") as state:
        later = NOW + timedelta(hours=1)
        state.runs.start("r9", command="run", as_of=later, started_at=later)
    (found,) = wrong(config)
    assert "run r9 began later than that" in found.message
    assert found.remedy is not None


def test_a_full_disk(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_LEAST_FREE", 2**60)
    (found,) = wrong(config)
    assert found.level is Level.WARNING
    assert "make room" in str(found.remedy)


def test_a_folder_that_cannot_be_written(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The tests may run as root, who is refused by a read-only disk alone.
    monkeypatch.setattr("os.access", lambda path, _: path != config.folder)
    (found,) = wrong(config)
    assert (found.level, found.message) == (
        Level.ERROR,
        f"{config.folder} cannot be written, and each run writes there",
    )


def test_a_folder_of_somebody_else_is_told_and_not_looked_into(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = config.state_folder / "kolo"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "state.sqlite").write_bytes(b"what is read of this is damaged")
    monkeypatch.setattr("os.access", lambda path, _: path != folder)  # as above
    (found,) = wrong(config)
    assert found.message == f"{folder} cannot be written, and each run writes there"


def test_clients_of_platforms_are_told_with_their_versions(config: Config) -> None:
    told = [one.message for one in findings(config, meta=MetaSink)]
    assert any(one.startswith("facebook-business ") for one in told)
    assert not any(one.startswith("google-ads") for one in told)


def test_a_package_that_is_missing_is_an_error(config: Config) -> None:
    class Foreign(MetaSink):
        clients = ("no-such-client",)

    found = [one for one in findings(config, foreign=Foreign) if one.level is Level.ERROR]
    assert [one.message for one in found] == ["the package no-such-client is not installed"]


@pytest.mark.parametrize("master", ["local[2]", "spark://10.0.0.1:7077", "sc://10.0.0.1"])
def test_what_spark_needs_of_this_machine_is_looked_at_and_nobody_is_asked(
    config: Config, monkeypatch: pytest.MonkeyPatch, master: str
) -> None:
    folder = config.folder
    file = folder / "config.toml"
    text = file.read_text("utf-8")
    engine = f'[engine]\ntype = "spark"\nmaster = "{master}"\nlocation = "tables"\n'
    file.write_text(f"{text}\n{engine}", "utf-8")
    (folder / "bin").mkdir()
    monkeypatch.setenv("JAVA_HOME", str(folder))
    needs_java = not master.startswith("sc://")

    def told() -> list[str]:
        found = findings(load_config(file))
        return [one.message for one in found if one.message.startswith(("Spark ", "engine."))]

    assert any("needs Java 17 or newer" in one for one in told()) is needs_java
    (folder / "bin" / "java").touch(mode=0o755)
    assert any(f"there is no folder {folder / 'tables'}" in one for one in told())
    (folder / "tables").mkdir()
    assert told() == [f"Spark has what it needs here; {master} is not asked"]
