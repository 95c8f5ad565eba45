"""Values planted in every field of a shop are seen in nothing that a command says or keeps."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from audsync.cli.app import app
from canary_shop import CANARIES, CUSTOMERS, DIRECT, digests, make_canary_shop, spellings
from command import audsync
from small_shop import AS_OF

Arguments = tuple[str, ...]
ID = f"{CANARIES['customer_id']}11"

# What each command is called with here, in this order; then what it is called with after the
# feeds have been spoilt. A command that is not listed fails a test below.
SCENARIOS: dict[Arguments, list[Arguments]] = {
    ("init",): [("fresh", "--from", "customers.csv", "--from", "products.csv"), ("fresh",)],
    ("schema", "write"): [()],
    ("check",): [(), ("--json",)],
    ("pull",): [("-v", "--run-id", "pulled"), ("--json",)],
    ("plan",): [(*AS_OF, "-v", "-o", "plan.json"), (*AS_OF, "--json", "--no-pull")],
    ("run",): [
        (*AS_OF, "-v", "--run-id", "first"),
        (*AS_OF, "--json"),
        (*AS_OF, "--log-format", "json"),
        (*AS_OF, "--segment", "nothing"),
        (*AS_OF, "--expect-plan", "0" * 64),
        (*AS_OF, "--all-shops", "--json"),
        (*AS_OF, "--metrics-file", "kolo.prom"),
    ],
    ("settle",): [(), ("--json",)],
    ("segments", "list"): [("--json",)],
    ("segments", "overlap"): [AS_OF],
    ("segments", "show"): [("buyers",)],
    ("segments", "new"): [("other",)],
    ("segments", "explain"): [
        ("buyers", *AS_OF, "--customer-id", ID),
        ("buyers", *AS_OF, "--json", "--customer-id", ID),
    ],
    ("rfm", "freeze"): [AS_OF],
    ("rfm", "thaw"): [("--json",)],
    ("export",): [
        ("buyers", *AS_OF, "-o", "people.csv"),
        ("buyers", *AS_OF, "-o", "upload.csv", "--for", "upload"),
        ("buyers", *AS_OF, "-o", "people.csv"),
    ],
    ("snapshot", "create"): [("buyers", *AS_OF)],
    ("snapshot", "list"): [()],
    ("snapshot", "show"): [("latest",)],
    ("snapshot", "export"): [("latest", "-o", "snapshot.csv")],
    ("snapshot", "diff"): [("latest", "latest", "-o", "changes.csv")],
    ("snapshot", "delete"): [("latest", "--yes", "--json")],
    ("runs", "list"): [(), ("--json",)],
    ("runs", "show"): [("first",), ("first", "--json"), ("pulled",)],
    ("ledger", "verify"): [(), ("--json",)],
    ("ledger", "export"): [()],
    ("status",): [(), ("--json",)],
    ("shops", "list"): [("--json",)],
    ("config", "migrate"): [(), ("--write", "--json")],
    ("daemon",): [("--listen", "10.0.0.1:9464")],
    ("schedule", "show"): [(), ("--json",)],
    ("schedule", "systemd"): [(), ("--daemon", "--json")],
    ("schedule", "cron"): [()],
    ("connectors", "list"): [()],
    ("connectors", "show"): [("csv",)],
    ("state", "verify"): [(), ("--json",)],
    ("doctor",): [(), ("--json", "--online")],
    ("forget",): [("--customer-id", ID, "--dry-run"), ("status", "--json")],
    ("where",): [("--customer-id", ID), ("--customer-id", ID, "--json")],
    ("secrets", "set"): [("some_token",)],
    ("secrets", "list"): [(), ("--json",)],
    ("secrets", "delete"): [("some_token", "--json")],
    ("secrets", "login"): [("files",)],
    ("fake-server", "idosell"): [("--orders", "10", "--clients", "5", "--products", "5")],
    ("fake-server", "meta"): [(), ("--json",)],
    ("fake-server", "google"): [(), ("--authority", "authority.pem", "--json")],
}
# Ways in which a feed may be spoilt, each with a person on the spot.
ROW = ",".join(CANARIES[name] for name in ("customer_id", "email", "phone", "last_name"))
SPOILT: dict[str, bytes] = {
    "no header": f"{ROW}\n{ROW}\n".encode(),
    "another delimiter": f"id;email;phone\n{ROW}\n".encode(),
    "an open quote": f'id,email,phone\n1,"{ROW}\n'.encode(),
    "another encoding": f"id,email,phone\n1,{CANARIES['last_name']},2\n".encode("cp1250"),
    "NUL bytes": f"id,email,phone\n\0{ROW}\0\n".encode() * 3,
    "a row too long": f"id,email,ads\n1,2,3,{ROW}\n".encode() * 9,
    "UTF-16": f"id,email\n{ROW}\n".encode("utf-16"),
    "only bad rows": (f"{CUSTOMERS}\n" + f",{CANARIES['email']},,,,,,,,,,,,\n" * 30).encode(),
}
# From these a configuration is drafted, too.
DRAFTED = ("no header", "another delimiter")


def leaves(command: Any, path: Arguments = ()) -> Iterator[Arguments]:
    below = getattr(command, "commands", None)
    if below is None:
        yield path
        return
    for name, item in below.items():
        yield from leaves(item, (*path, name))


def test_every_command_has_a_scenario() -> None:
    assert set(leaves(typer.main.get_command(app))) == set(SCENARIOS)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """The shop's folder after all that, and what every command said, by command and stream."""
    folder = make_canary_shop(tmp_path_factory.mktemp("canaries") / "shop")
    said: dict[str, bytes] = {}

    def say(name: str, *arguments: str) -> int:
        done = audsync(*arguments, cwd=folder)
        said[f"{name} stdout"] = done.stdout.encode()
        said[f"{name} stderr"] = done.stderr.encode()
        return done.returncode

    codes = {
        (command, number): say(f"{' '.join(command)} {number}", *command, *arguments)
        for command, calls in SCENARIOS.items()
        for number, arguments in enumerate(calls)
    }
    assert codes[("run",), 0] == 0, said["run 0 stderr"]
    assert codes[("export",), 1] == 0, said["export 1 stderr"]
    assert codes[("snapshot", "create"), 0] == 0, said["snapshot create 0 stderr"]
    assert codes[("snapshot", "export"), 0] == 0, said["snapshot export 0 stderr"]
    good = (folder / "customers.csv").read_bytes()
    calls = (("pull", "-v"), ("run", *AS_OF, "--json"))
    for number, (name, data) in enumerate(SPOILT.items()):
        (folder / "customers.csv").write_bytes(data)
        call = calls[number % len(calls)]
        assert say(f"{call[0]} of {name}", *call) != 0, name
        if name in DRAFTED:
            say(f"init of {name}", "init", f"from {name}", "--from", "customers.csv")
    (folder / "customers.csv").write_bytes(good)
    segment = folder / "segments" / "buyers.toml"
    text = segment.read_text(encoding="utf-8")
    segment.write_text(text + f'emial = "{CANARIES["email"]}"\n', encoding="utf-8")
    assert say("check of a segment", "check") != 0
    assert say("run of a segment", "run", *AS_OF, "--json") != 0
    segment.write_text(text, encoding="utf-8")
    # A bug: a module of ours that fails with a value in its message.
    warehouse = folder / "state" / "kolo" / "warehouse.duckdb"
    warehouse.write_bytes(f"no database {CANARIES['email']}".encode() * 99)
    assert say("run of a damaged file", "run", *AS_OF) != 0
    warehouse.unlink()
    return folder, said


def seen(texts: dict[str, bytes], needles: set[bytes]) -> list[tuple[str, bytes]]:
    return [(where, one) for where, text in texts.items() for one in needles if one in text]


def files(folder: Path, *patterns: str) -> dict[str, bytes]:
    found = [path for pattern in patterns for path in folder.glob(pattern) if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def needles(*names: str) -> set[bytes]:
    return {form for name in names or CANARIES for form in spellings(CANARIES[name])}


def test_nothing_of_a_person_is_said(lived: tuple[Path, dict[str, bytes]]) -> None:
    _, said = lived
    # The id that somebody asks for stands in the answer; no other does.
    asked = "segments explain 1 stdout"
    said = {**said, asked: said[asked].replace(f'"{ID}"'.encode(), b"")}
    assert seen(said, needles() | digests(500)) == []


def test_nothing_of_a_person_is_in_plans_logs_state_or_quarantine(
    lived: tuple[Path, dict[str, bytes]],
) -> None:
    folder, _ = lived
    kept = files(
        folder,
        "plan.json",
        "audsync-error.log",
        "state/kolo/state.sqlite*",
        "state/kolo/lock",
        "state/kolo/health.json",
        "kolo.prom",
        "state/kolo/quarantine/*",
        "schemas/*",
    )
    assert any("quarantine" in name for name in kept)
    assert seen(kept, needles() | digests(500)) == []


def test_members_and_plans_hold_ids_and_digests_alone(
    lived: tuple[Path, dict[str, bytes]],
) -> None:
    folder, _ = lived
    kept = files(folder, "state/kolo/[mp]*s/*", "state/kolo/history/*", "out/*", "upload.csv")
    assert seen(kept, needles(*DIRECT)) == []
    assert any(one in text for text in kept.values() for one in digests(1)), "as they must"


def test_no_other_file_was_written(lived: tuple[Path, dict[str, bytes]]) -> None:
    """Whatever is written is looked at by a test above, or is what somebody asked for."""
    folder, _ = lived
    names = {str(path.relative_to(folder)).split("/")[0] for path in folder.rglob("*")}
    asked = {
        "config.toml",
        "segments",
        "out",
        "people.csv",
        "upload.csv",
        "plan.json",
        "schemas",
        "snapshots",
        "authority.pem",
        "kolo.prom",
    }
    feeds = {path.name for path in folder.glob("*.csv")}
    drafts = {"fresh", *(f"from {name}" for name in DRAFTED)}
    assert names - asked - feeds - drafts <= {"state", "audsync-error.log"}
    state = {path.name for path in (folder / "state" / "kolo").iterdir()}
    known = {
        "state.sqlite",
        "lock",
        "members",
        "plans",
        "history",
        "quarantine",
        "warehouse.spill",
    }
    known |= {"health.json"}
    assert {name for name in state if not name.startswith("state.sqlite-")} <= known
    assert list((folder / "state" / "kolo" / "warehouse.spill").iterdir()) == []


def test_a_drafted_config_holds_no_person(lived: tuple[Path, dict[str, bytes]]) -> None:
    folder, _ = lived
    drafts = files(folder, "fresh/*.toml", "from */*.toml")
    assert "fresh/config.toml" in drafts
    assert seen(drafts, needles("email", "phone", "first_name", "last_name", "city")) == []
