"""What a user does after damage: `audsync state verify`, and the remedies it names."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audsync.state import lock
from command import audsync
from small_shop import AS_OF, audience, customers, ids, make_shop

STATE = Path("state") / "kolo"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = make_shop(tmp_path / "shop")
    assert audsync("run", *AS_OF, cwd=folder).returncode == 0
    return folder


def test_a_sound_folder_is_proven(shop: Path) -> None:
    done = audsync("state", "verify", cwd=shop)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"ok: {shop / STATE} is whole\n"


def test_damage_is_told_with_its_remedy_as_text_and_as_json(shop: Path) -> None:
    (members,) = (shop / STATE / "members").iterdir()
    members.write_bytes(members.read_bytes()[:-1])
    text = audsync("state", "verify", "--shop", "kolo", cwd=shop)
    assert text.returncode == 13
    assert f"error: {members} is damaged" in text.stdout
    assert "      = restore the folder from a backup" in text.stdout
    data = json.loads(audsync("state", "verify", "--json", cwd=shop).stdout)
    assert (data["schema"], data["shop"], data["run_is_active"]) == (
        "audsync.state/1",
        "kolo",
        False,
    )
    assert [one["level"] for one in data["findings"]] == ["error"]
    run = audsync("run", *AS_OF, cwd=shop)
    assert run.returncode == 0, "nothing had changed, so that nobody needed the file"


def test_a_folder_in_use_is_looked_at_as_far_as_it_can_be(shop: Path) -> None:
    with lock(shop / STATE, now=datetime.now(UTC)):
        done = audsync("state", "verify", cwd=shop)
    assert done.returncode == 0
    assert "warning: a run is active" in done.stdout


def test_a_warehouse_that_is_pulled_anew_is_not_taken_for_the_one_before(shop: Path) -> None:
    # The remedy that the messages name; the new file counts its changes from one again.
    (shop / STATE / "warehouse.duckdb").unlink()
    answers = dict.fromkeys(ids(10), "yes") | {"c002": "no"}
    (shop / "customers.csv").write_text(customers(answers), encoding="utf-8")
    before = audience(shop)
    done = audsync("run", *AS_OF, cwd=shop)
    assert done.returncode == 0, done.stderr
    assert len(audience(shop).splitlines()) == len(before.splitlines()) - 1
