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
# Whoever is asked for by address is typed, and is forgotten in the end.
TYPED = f"400.{CANARIES['email']}"
REFUSED = ("--listen", "10.0.0.1:9464")
CANARY_TOKEN = "canary-token-e3f1a2"  # noqa: S105 -- nobody lets in whoever has it
SECRETS = {
    "AUDSYNC_SECRET__KOLO__SUPPRESSION_KEY": "5e1f" * 16,
    "AUDSYNC_SECRET__KOLO__OTHER_TOKEN": CANARY_TOKEN,
}
LIMITS = ("--max-removed", "9", "--max-added", "9", "--max-consent-share", "90")
ACCEPTED = (*LIMITS, "--accept-smaller-source")

# What each command is called with here, in this order, besides `-v`; then what it is called
# with after the feeds have been spoilt. A command or option that is not listed fails a test.
SCENARIOS: dict[Arguments, list[Arguments]] = {
    ("init",): [
        ("fresh", "--from", "customers.csv", "--from", "products.csv"),
        ("fresh", "--force", "--json"),
    ],
    ("schema", "write"): [("--json",)],
    ("check",): [(), ("--json", "--strict")],
    ("pull",): [
        ("--run-id", "pulled"),
        ("--json", "--accept-smaller-source", "--max-calls", "9"),
    ],
    ("plan",): [
        (*AS_OF, "-o", "plan.json", "--exit-code", "--max-calls", "9"),
        (*AS_OF, "--json", "--no-pull", "--online", "--segment", "buyers", *ACCEPTED),
    ],
    ("run",): [
        (*AS_OF, "--run-id", "first"),
        (*AS_OF, "--json", "--max-calls", "9"),
        (*AS_OF, "--log-format", "json", *ACCEPTED),
        (*AS_OF, "--segment", "nothing"),
        (*AS_OF, "--expect-plan", "0" * 64),
        (*AS_OF, "--all-shops", "--json", "--jobs", "2"),
        (*AS_OF, "--metrics-file", "kolo.prom", "--no-pull", "--dry-run"),
    ],
    ("settle",): [("--run-id", "asked"), ("--json",)],
    ("segments", "list"): [("--json",)],
    ("segments", "overlap"): [AS_OF, (*AS_OF, "--json")],
    ("segments", "show"): [("buyers",), ("buyers", "--json")],
    ("segments", "new"): [("other",), ("other", "--force", "--json")],
    ("segments", "explain"): [
        ("buyers", *AS_OF, "--customer-id", ID),
        ("buyers", *AS_OF, "--json", "--customer-id", ID),
        ("buyers", *AS_OF, "--until", "2026-11-27"),
    ],
    ("rfm", "freeze"): [(*AS_OF, "--write", "--json")],
    ("rfm", "thaw"): [("--write", "--json")],
    ("export",): [
        ("buyers", *AS_OF, "-o", "people.csv"),
        ("buyers", *AS_OF, "-o", "upload.csv", "--for", "upload", "--force", "--json"),
        ("buyers", *AS_OF, "-o", "people.csv"),
    ],
    ("snapshot", "create"): [("buyers", *AS_OF), ("buyers", *AS_OF, "--json")],
    ("snapshot", "list"): [(), ("--json",)],
    ("snapshot", "show"): [("latest",), ("latest", "--json")],
    ("snapshot", "export"): [
        ("latest", "-o", "snapshot.csv"),
        ("latest", "-o", "snapshot.csv", "--force", "--json"),
    ],
    ("snapshot", "diff"): [
        ("latest", "latest", "-o", "changes.csv"),
        ("latest", "latest", "-o", "changes.csv", "--force", "--json"),
    ],
    ("snapshot", "delete"): [("latest", "--yes", "--json")],
    ("runs", "list"): [("--limit", "3"), ("--json",)],
    ("runs", "show"): [("first",), ("first", "--json"), ("pulled",)],
    ("ledger", "verify"): [(), ("--json", "--expect", "1" * 64)],
    ("ledger", "export"): [("--json",), ("-o", "ledger.jsonl", "--force")],
    ("status",): [(), ("--json",)],
    ("shops", "list"): [("--json",)],
    ("config", "migrate"): [(), ("--write", "--json")],
    ("daemon",): [(*REFUSED, "--jobs", "3", "--metrics-file", "metrics.prom", "--json")],
    ("schedule", "show"): [("--count", "1"), ("--json",)],
    ("schedule", "systemd"): [
        ("--credentials", "/etc/audsync"),
        ("--daemon", "--jobs", "3", "--user", "shop", "-o", "units", "--json"),
    ],
    ("schedule", "cron"): [("--user", "shop", "--json")],
    ("connectors", "list"): [("--json",)],
    ("connectors", "show"): [("csv",), ("csv", "--json")],
    ("state", "verify"): [(), ("--json",)],
    ("doctor",): [("--credentials", "."), ("--json", "--online")],
    ("forget",): [
        ("--customer-id", ID, "--dry-run"),
        ("--email-stdin", "--json"),
        ("status", "--json"),
    ],
    ("where",): [
        ("--customer-id", ID),
        ("--customer-id", ID, "--json"),
        ("--email-stdin",),
    ],
    ("secrets", "set"): [("some_token",), ("some_token", "--generate", "--json")],
    ("secrets", "list"): [(), ("--json",)],
    ("secrets", "delete"): [("some_token", "--json")],
    ("secrets", "login"): [("files", "--json")],
    ("fake-server", "idosell"): [
        ("--orders", "10", "--clients", "5", "--products", "5", "--seed", "1", "--json")
    ],
    ("fake-server", "meta"): [(), ("--json",)],
    ("fake-server", "google"): [(), ("--authority", "authority.pem", "--json")],
}
# What every command takes, and what only says which shop or which door is meant.
SHARED = {"--config", "--quiet", "--verbose", "--no-progress", "--no-color", "--log-format"}
SHARED |= {"--shop", "--for-shop", "--port", "--grpc-port", "--help"}
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


def leaves(command: Any, path: Arguments = ()) -> Iterator[tuple[Arguments, Any]]:
    below = getattr(command, "commands", None)
    if below is None:
        yield path, command
        return
    for name, item in below.items():
        yield from leaves(item, (*path, name))


def test_every_command_has_a_scenario() -> None:
    assert dict(leaves(typer.main.get_command(app))).keys() == SCENARIOS.keys()


def test_every_option_has_a_scenario() -> None:
    for path, command in leaves(typer.main.get_command(app)):
        said = {one for call in SCENARIOS[path] for one in call}
        left = [
            option.name
            for option in command.params
            if option.param_type_name == "option" and not {*option.opts} & (said | SHARED)
        ]
        assert left == [], path


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """The shop's folder after all that, and what every command said, by command and stream."""
    folder = make_canary_shop(tmp_path_factory.mktemp("canaries") / "shop")
    said: dict[str, bytes] = {}

    def say(name: str, *arguments: str) -> int:
        typed = TYPED if "--email-stdin" in arguments else CANARY_TOKEN
        done = audsync(*arguments, cwd=folder, stdin=typed, **SECRETS)
        said[f"{name} stdout"] = done.stdout.encode()
        said[f"{name} stderr"] = done.stderr.encode()
        return done.returncode

    codes = {
        (command, number): say(f"{' '.join(command)} {number}", *command, *arguments, "-v")
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
    secrets = {one.encode() for one in SECRETS.values()}
    assert seen(said, needles() | digests(500) | secrets) == []


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
        "*.prom",
        "ledger.jsonl",
        "units/*",
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
        "config.toml.bak",
        "ledger.jsonl",
        "units",
        "metrics.prom",
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
