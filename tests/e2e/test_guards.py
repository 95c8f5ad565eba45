"""Each guard at its limit and one beyond, and how a person confirms: by the command itself."""

import json
from pathlib import Path

import pytest

from guarded_shop import GuardedShop
from small_shop import ids

pytestmark = pytest.mark.slow  # each test is several runs by the installed command


def people(first: int, last: int) -> list[str]:
    """Ids from one number to another, both included."""
    return ids(last)[first - 1 :]


@pytest.mark.parametrize(
    ("count", "free", "guard", "limit"),
    [
        (100, 50, "", "20 %"),
        (1000, 200, "", "20 %"),
        (400, 60, "[shops.kolo.guard]\nshrink_most = 60\n", "60 members"),
    ],
)
def test_removals_up_to_the_limit_go_and_one_more_waits(
    tmp_path: Path, count: int, free: int, guard: str, limit: str
) -> None:
    shop = GuardedShop(tmp_path / "shop", count, guard=guard)
    shop.done()
    shop.change(people(1, free), city="Praha")
    assert shop.plan() == {"remove": {"left": free}}
    shop.change(["c999999"], city="Brno")
    shop.change(people(1, free + 1), city="Praha")
    held = shop.run()
    assert held.returncode == 7
    assert (
        f"locals: would remove {free + 1} of {count} members, over the limit of {limit}; check "
        f"the source, or run again with --max-removed {free + 1}" in held.stderr
    )
    assert shop.size == count + 1, "additions still go"


def test_a_confirmed_removal_is_a_ceiling_and_is_used_once(tmp_path: Path) -> None:
    shop = GuardedShop(tmp_path / "shop", 200)
    shop.done()
    shop.change(people(1, 51), city="Praha")
    assert shop.run().returncode == 7
    shop.change(["c052"], city="Praha")
    worse = shop.run("--max-removed", "51")
    assert worse.returncode == 7
    assert "over the 51 of --max-removed; check the source, or run again with" in worse.stderr
    assert shop.size == 200
    shop.done("--max-removed", "52")
    assert shop.size == 148
    shop.change(people(53, 104), city="Praha")
    assert shop.run().returncode == 7
    assert shop.size == 148


def test_an_audience_is_emptied_only_when_that_is_confirmed(tmp_path: Path) -> None:
    shop = GuardedShop(tmp_path / "shop", 3)
    shop.done()
    shop.change(ids(3), city="Praha")
    held = shop.run()
    assert held.returncode == 7
    assert "would remove 3 of 3 members and leave it empty" in held.stderr
    assert shop.size == 3
    shop.done("--max-removed", "3")
    assert shop.size == 0


def test_more_than_ten_thousand_never_leave_without_asking(tmp_path: Path) -> None:
    shop = GuardedShop(tmp_path / "shop", 60_000)
    shop.done()
    shop.change(people(1, 10_000), city="Praha")
    assert shop.plan() == {"remove": {"left": 10_000}}
    shop.change(["c10001"], city="Praha")
    held = shop.run()
    assert held.returncode == 7
    assert "would remove 10001 of 60000 members, over the limit of 10000 members" in held.stderr
    assert shop.size == 60_000
    shop.done("--max-removed", "10001")
    assert shop.size == 49_999


def test_growth_waits_from_more_than_double_and_500_on(tmp_path: Path) -> None:
    shop = GuardedShop(tmp_path / "shop", 600)
    shop.done()
    shop.change(people(601, 1200), city="Brno")
    assert shop.plan() == {"add": {"entered": 600}}
    shop.change(["c1201"], city="Brno")
    shop.change(["c001"], city="Praha")
    shop.change(["c1202"], city="Brno")
    held = shop.run()
    assert held.returncode == 7
    assert (
        "locals: would add 602 members to 600, over the limit of 100 %; check the segment, "
        "or run again with --max-added 602" in held.stderr
    )
    assert shop.size == 599, "removals still go"
    worse = shop.run("--max-added", "601")
    assert worse.returncode == 7
    assert "over the 601 of --max-added" in worse.stderr
    shop.done("--max-added", "602")
    assert shop.size == 1201


def test_a_risen_consent_share_holds_additions_until_it_is_confirmed(tmp_path: Path) -> None:
    shop = GuardedShop(tmp_path / "shop", 100)
    shop.change(people(31, 100), ads="no")
    shop.done()
    assert shop.size == 30
    shop.change(people(31, 39), ads="yes")
    assert shop.plan() == {"add": {"entered": 9}}
    shop.change(["c040", "c041"], ads="yes")
    shop.change(["c001"], ads="no")
    held = shop.run()
    assert held.returncode == 7
    assert (
        "locals: would add 11 members after the share of consenting clients rose from 30.0 % "
        "to 40.0 %; check the consent rule and its column, or run again with "
        "--max-consent-share 40.0" in held.stderr
    )
    assert shop.size == 29, "a withdrawal goes whatever is held"
    (shop.folder / "segments" / "nobody.toml").write_text(
        'name = "Nobody"\nsinks = ["files"]\n[all]\ncity = "Nowhere"\n', encoding="utf-8"
    )
    assert shop.run("--segment", "nobody").returncode == 0
    assert shop.run("--max-consent-share", "39.9").returncode == 7, "no other run accepts it"
    shop.done("--max-consent-share", "40.0")
    assert shop.size == 40
    shop.change(["c042"], ads="yes")
    shop.done()
    assert shop.size == 41


def test_a_fallen_consent_share_is_told_with_its_answers_and_never_held(tmp_path: Path) -> None:
    shop = GuardedShop(tmp_path / "shop", 100)
    shop.done()
    shop.change(people(1, 9), ads="Y")
    few = shop.run()
    assert (few.returncode, shop.size) == (0, 91)
    assert "fell from" not in few.stderr, "nine points are not worth a word"
    shop.change(people(1, 100), ads="Y")
    shop.change(people(90, 95), ads="ask Jana Nováková")
    shop.change(people(96, 98), ads="")
    told = (
        "the share of clients who consented to advertising fell from 91.0 % to 0.0 %; whoever "
        "has no consent leaves every audience. Answers of customers.ad_consent that do not "
        'mean yes: "Y" (91 clients), 1 further (6 clients), no answer (3 clients). If one of '
        "them means yes, add it to granted of [shops.kolo.consent], else look at that column "
        "in the source"
    )
    assert told in shop.run(command="plan").stderr
    fallen = shop.run()
    assert (fallen.returncode, shop.size) == (0, 0), "a withdrawal is never held"
    assert told in fallen.stderr
    shop.change(["c096"], ads="Y")
    assert "fell from" not in shop.run().stderr, "the share is accepted with the run"


def test_of_many_answers_five_are_shown(tmp_path: Path) -> None:
    shop = GuardedShop(tmp_path / "shop", 70)
    shop.done()
    for number in range(7):
        shop.change(people(10 * number + 1, 10 * number + 10), ads=f"word {number}")
    told = shop.run().stderr
    shown = ", ".join(f'"word {number}" (10 clients)' for number in range(5))
    assert f"do not mean yes: {shown}, 2 further (20 clients). If" in told


def test_a_smaller_source_removes_nobody_until_it_is_confirmed(tmp_path: Path) -> None:
    shop = GuardedShop(tmp_path / "shop", 10)
    shop.write_orders(100)
    shop.done()
    shop.write_orders(80)
    shop.done()
    shop.write_orders(63)
    shop.change(["c001"], city="Praha")
    held = shop.run()
    assert held.returncode == 7
    assert "orders: 63 rows, 80 before (78 %, the limit is 80 %)" in held.stderr
    assert "--accept-smaller-source" in held.stderr
    assert shop.size == 10
    shop.done("--accept-smaller-source")
    assert shop.size == 9


def test_known_withdrawals_wait_for_no_source(tmp_path: Path) -> None:
    shop = GuardedShop(tmp_path / "shop", 10)
    shop.done()
    shop.change(["c001"], ads="no")
    assert shop.run(command="plan").returncode == 0  # has pulled it
    shop.change(["c002"], city="Praha")
    (shop.folder / "orders.csv").write_text("order\n", encoding="utf-8")
    done = shop.run("--json")
    assert done.returncode == 4
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["event"] == "summary"
    assert summary["exit_code"] == 4
    assert summary["audiences"][0]["result"]["removed"] == 1
    assert shop.size == 9


def test_nothing_holds_back_a_withdrawal(tmp_path: Path) -> None:
    """Each day one withdraws, and each day something else would keep people where they are."""
    shop = GuardedShop(tmp_path / "shop", 100)
    shop.done()
    text = shop.segment.read_text(encoding="utf-8")
    shop.change(people(41, 100), city="Praha")
    shop.change(["c001"], ads="no")
    assert shop.run().returncode == 7, "a held shrink"
    assert shop.size == 99
    (shop.folder / "segments" / "other.toml").write_text(
        text.replace("Brno", "Nowhere").replace("Locals", "Other"), encoding="utf-8"
    )
    shop.change(["c002"], ads="no")
    assert shop.run("--segment", "other").returncode == 0
    assert shop.size == 98, "a filter"
    shop.segment.write_text(text + "city_of_birth = 1\n", encoding="utf-8")
    shop.change(["c003"], ads="no")
    assert shop.run().returncode != 0
    assert shop.size == 97, "a broken segment file"
    shop.segment.write_text(f"active = false\n{text}", encoding="utf-8")
    shop.change(["c004"], ads="no")
    assert shop.run().returncode == 0
    assert shop.size == 96, "a paused segment"
    shop.segment.unlink()
    shop.change(["c005"], ads="no")
    assert shop.run().returncode == 0
    assert shop.size == 95, "a deleted segment"


def test_a_reviewed_plan_is_sent_as_it_was_or_not_at_all(tmp_path: Path) -> None:
    shop = GuardedShop(tmp_path / "shop", 200)
    shop.done()
    shop.change(people(1, 60), city="Praha")
    planned = shop.run("--max-removed", "60", command="plan")
    assert planned.returncode == 0, planned.stderr
    command = planned.stderr.rpartition("Next: audsync run --shop kolo ")[2].split()
    assert command[2:4] == ["--max-removed", "60"]
    shop.change(["c100"], city="Praha")
    shop.done(*command[2:])  # the stored pull: the change of today is not in it
    assert shop.size == 140
    again = shop.run(*command[2:])
    assert again.returncode == 7
    assert "its checksum is" in again.stderr
    shop.run(command="plan")
    other = shop.run("--expect-plan", command[-1])
    assert other.returncode == 7
    row = next(line for line in other.stdout.splitlines() if line.startswith("locals"))
    assert row.split()[-2:] == ["0", "1"], "the new plan is shown: one would leave"
    checksum = other.stdout.rpartition("plan checksum: ")[2].split()[0]
    shop.done("--expect-plan", checksum)
    assert shop.size == 139
