"""`audsync ledger`: proved, written out, and proved by others from that alone."""

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

from command import audsync
from small_shop import AS_OF, make_shop


def test_a_ledger_is_proved_written_out_and_found_changed(tmp_path: Path) -> None:
    shop = make_shop(tmp_path / "shop")
    assert audsync("ledger", "verify", cwd=shop).returncode == 9
    assert audsync("run", *AS_OF, cwd=shop).returncode == 0
    proof = json.loads(audsync("ledger", "verify", "--json", cwd=shop).stdout)
    exported = audsync("ledger", "export", cwd=shop)
    assert exported.returncode == 0, exported.stderr
    entries = [json.loads(line) for line in exported.stdout.splitlines()]
    assert [one["body"]["event"] for one in entries] == ["opened", "delivered"]
    assert entries[1]["body"]["add_confirmed"] == 10
    # As docs/how-to/prove-what-was-done.md does it.
    previous = "0" * 64
    for entry in entries:
        body = json.dumps(
            entry["body"], ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        previous = hashlib.sha256(f"{previous}\n{body}".encode()).hexdigest()
        assert previous == entry["hash"]
    assert previous == proof["hash"]
    assert proof["entries"] == 2
    told = audsync("ledger", "verify", cwd=shop)
    assert previous in told.stdout
    assert "ledger verify --shop kolo --expect HASH" in told.stderr
    known = audsync("ledger", "verify", "--expect", previous, cwd=shop)
    assert (known.returncode, previous in known.stdout) == (0, True)
    typo = audsync("ledger", "verify", "--expect", previous[:-1], cwd=shop)
    assert (typo.returncode, "a hash has 64" in typo.stderr) == (2, True)
    cut = audsync("ledger", "verify", "--expect", "f" * 64, cwd=shop)
    assert (cut.returncode, "cut off or made anew" in cut.stderr) == (13, True)

    with closing(sqlite3.connect(shop / "state" / "kolo" / "state.sqlite")) as database:
        database.execute("DROP TRIGGER ledger_is_never_changed")
        database.execute("""UPDATE ledger SET body = replace(body, 'ed":10', 'ed":11')""")
        database.commit()
    for arguments in (("ledger", "verify"), ("ledger", "export", "-o", "x.jsonl")):
        done = audsync(*arguments, cwd=shop)
        assert (done.returncode, "entry 2 does not follow" in done.stderr) == (13, True)
    assert not (shop / "x.jsonl").exists()
