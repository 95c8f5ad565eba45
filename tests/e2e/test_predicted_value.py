"""Predicted value as a user meets it: too few orders, a fitted model, runs shown, exports."""

import csv
import json
import re
from pathlib import Path

import pytest

from audsync.identity.digests import digest
from audsync.testing.meta import ACCOUNT, TOKEN, FakeMeta
from command import audsync
from small_shop import AS_OF, CONFIG, customers, ids, make_shop

WORTHY = 'name = "Worthy"\nsinks = ["files"]\n\n[all]\nclv_category = "high"\n'
LATELY = 'name = "Lately"\nsinks = ["files"]\n\n[all]\nactivity = "active"\n'
NOT_WORTHY = 'name = "Others"\nsinks = ["files"]\n\n[none]\nin_segment = "worthy"\n'
CLV = "\n[shops.kolo.model.clv]\nleast_clients = 30\nleast_repeaters = 10\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Sixty clients; each third has ordered again, and again."""
    folder = make_shop(tmp_path / "shop", count=60)
    lines = ["order,customer,date,currency,product,quantity,price"]
    for number, customer in enumerate(ids(60)):
        for again in range(1 + (number % 3 == 0) * (2 + number % 4)):
            day = f"2026-{1 + (number + 2 * again) % 9 + again // 4:02d}-{1 + number % 28:02d}"
            price = f"{100 + 7 * (number % 11) + again}.00"
            lines.append(
                f"o{number}-{again},{customer},{day} 10:00:00,CZK,p{number % 3},1,{price}"
            )
    (folder / "orders.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    answers = dict.fromkeys(ids(60), "yes")
    (folder / "customers.csv").write_text(customers(answers), encoding="utf-8")
    for name, text in (("worthy", WORTHY), ("lately", LATELY)):
        (folder / "segments" / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def fit(folder: Path) -> None:
    (folder / "config.toml").write_text(CONFIG + CLV, encoding="utf-8")


def members(folder: Path, segment: str) -> int:
    with (folder / "out" / f"{segment}.csv").open(encoding="utf-8", newline="") as file:
        return len(list(csv.DictReader(file)))


def test_with_too_few_orders_the_segments_that_need_a_prediction_fail_and_no_other(
    shop: Path,
) -> None:
    (shop / "segments" / "others.toml").write_text(NOT_WORTHY, encoding="utf-8")
    done = audsync("run", *AS_OF, "--run-id", "first", cwd=shop)
    assert done.returncode == 3
    assert "worthy.toml:5:1: error[S135]: clv_category cannot be predicted: 60 clients" in (
        done.stderr
    )
    assert "model.clv.least_clients asks for 300" in done.stderr
    assert "segment others refers to worthy, which cannot be evaluated" in done.stderr
    assert sorted(path.name for path in (shop / "out").glob("*.csv")) == [
        *("buyers.csv", "lately.csv"),
    ]
    assert members(shop, "buyers") == 60
    assert 0 < members(shop, "lately") < 60
    shown = audsync("runs", "show", "first", cwd=shop).stdout
    assert "value: not predicted, 60 clients have ordered" in shown


def test_a_fitted_model_is_shown_with_its_parameters_day_and_fit(shop: Path) -> None:
    fit(shop)
    done = audsync("run", *AS_OF, "--run-id", "first", cwd=shop)
    assert done.returncode == 0, done.stderr
    assert "value: MBG/NBD of 60 clients, 20 with repeats;" in done.stdout
    assert 5 <= members(shop, "worthy") <= 19
    shown = audsync("runs", "show", "first", cwd=shop).stdout
    for text in ("fitted on: 2026-11-20", "orders: r ", "; ln L ", " repeats, ", "clv high: "):
        assert text in shown
    # 5 to 19 clients of at most a few hundred crowns an order: amounts, and not minor units.
    found = re.search(r"predicted value: ([\d,]+\.\d\d) CZK", shown)
    assert found is not None
    assert float(found[1].replace(",", "")) < 60 * 20 * 200
    document = json.loads(audsync("runs", "show", "first", "--json", cwd=shop).stdout)
    value = document["model"]["value"]
    assert value["fitted_on"] == "2026-11-20"
    assert 0.01 < value["orders"]["r"] < 50
    assert value["categories"]["high"] == members(shop, "worthy")


@pytest.mark.slow
def test_what_else_was_worked_out_is_shown_with_its_cut_points(shop: Path) -> None:
    """RFM in every run, bands where a segment asks; cut-points can be copied as they are."""
    for name in ("worthy", "lately"):
        (shop / "segments" / f"{name}.toml").unlink()
    banded = 'name = "B"\nsinks = ["files"]\n\n[all]\nvalue_frequency = "hv_lf"\n'
    rich = 'name = "R"\n\n[all.bought]\nprice_score.at_least = 50\n[none]\nbonita = "rich"\n'
    (shop / "segments" / "rich.toml").write_text(rich, encoding="utf-8")
    (shop / "segments" / "banded.toml").write_text(banded, encoding="utf-8")
    done = audsync("run", *AS_OF, "--run-id", "first", cwd=shop)
    assert done.returncode == 0, done.stderr
    shown = audsync("runs", "show", "first", cwd=shop).stdout
    assert "rfm: 60 clients scored, named by boxes-11; 0 without an order to score" in shown
    assert re.search(r"^affluence: economy \d+, rich \d+, standard \d+$", shown, re.MULTILINE)
    assert re.search(
        r"^ +no category of enough products +3 .*\d+\.\d\d to", shown, re.MULTILINE
    )
    assert f"hv_lf {members(shop, 'banded')}" in shown
    assert "bring back sooner" in shown
    bands = re.findall(r"^ *(\w+_bands = \[.*\])$", shown, re.MULTILINE)
    assert [line.split("_")[0] for line in bands] == ["recency", "frequency", "monetary"]

    frozen = "\n[shops.kolo.model.rfm]\n" + "\n".join(bands) + "\n"
    (shop / "config.toml").write_text(CONFIG + frozen, encoding="utf-8")
    assert audsync("run", *AS_OF, "--run-id", "second", cwd=shop).returncode == 0
    again = audsync("runs", "show", "second", cwd=shop).stdout
    ours = [line for line in shown.splitlines() if line.startswith("  segments: ")]
    assert ours
    assert ours == [line for line in again.splitlines() if line.startswith("  segments: ")]


def test_a_run_without_such_a_segment_fits_nothing(shop: Path) -> None:
    fit(shop)
    asleep = (shop / "segments" / "lately.toml").read_text(encoding="utf-8")
    (shop / "segments" / "worthy.toml").unlink()
    (shop / "segments" / "lately.toml").write_text(f"active = false\n{asleep}", "utf-8")
    done = audsync("run", *AS_OF, "--json", cwd=shop)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["model"]["value"] is None

    reference = 'name = "R"\nsinks = ["files"]\n[all]\nin_segment = "lately"\n'
    (shop / "segments" / "indirect.toml").write_text(reference, encoding="utf-8")
    done = audsync("run", *AS_OF, "--json", cwd=shop)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["model"]["value"]["clv_model"] == "mbg"


def test_explanations_and_exports_have_predictions_or_say_why_not(shop: Path) -> None:
    assert audsync("pull", cwd=shop).returncode == 0
    for command in (("segments", "explain", "worthy"), ("export", "worthy", "-o", "a.csv")):
        done = audsync(*command, *AS_OF, cwd=shop)
        assert done.returncode == 4
        assert "S135" in done.stderr
    assert audsync("segments", "explain", "lately", *AS_OF, cwd=shop).returncode == 0
    assert audsync("export", "buyers", *AS_OF, "-o", "b.csv", cwd=shop).returncode == 0

    fit(shop)
    done = audsync("segments", "explain", "worthy", *AS_OF, cwd=shop)
    assert done.returncode == 0, done.stderr
    assert audsync("export", "worthy", *AS_OF, "-o", "a.csv", cwd=shop).returncode == 0
    with (shop / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert {row["clv_category"] for row in rows} == {"high"}
    assert all(float(row["predicted_clv_365d"]) > 0 for row in rows)
    assert all(0 < float(row["predicted_orders_365d"]) < 20 for row in rows)


@pytest.mark.slow
def test_predicted_value_is_what_members_are_worth_to_meta(shop: Path) -> None:
    fit(shop)
    with FakeMeta() as fake:
        config = (shop / "config.toml").read_text(encoding="utf-8")
        sink = f'\n[shops.kolo.sinks.meta]\naccount = "{ACCOUNT}"\nurl = "{fake.url}"\n'
        (shop / "config.toml").write_text(config + sink, encoding="utf-8")
        worthy = WORTHY.replace('"files"', '"meta"')
        (shop / "segments" / "worthy.toml").write_text(
            f'value = "predicted_clv_365d"\n{worthy}', encoding="utf-8"
        )
        done = audsync("run", *AS_OF, cwd=shop, AUDSYNC_SECRET__KOLO__META_TOKEN=TOKEN)
        assert done.returncode == 0, done.stderr
        (audience,) = fake.graph.audiences.values()
        assert audience.is_value_based
        held = {row[0]: value for row, value in audience.members.items()}
    assert audsync("export", "worthy", *AS_OF, "-o", "a.csv", cwd=shop).returncode == 0
    with (shop / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert held == {digest(row["email"]): float(row["predicted_clv_365d"]) for row in rows}
    assert len(set(held.values())) > 1


def test_offline_checks_know_the_fields_and_refuse_what_can_match_nobody(shop: Path) -> None:
    wrong = WORTHY.replace('clv_category = "high"', "predicted_orders_365d = 2")
    (shop / "segments" / "wrong.toml").write_text(wrong, encoding="utf-8")
    done = audsync("check", cwd=shop)
    assert done.returncode == 4
    assert (
        "wrong.toml:5:1: error[S102]: predicted_orders_365d does not take"
        in done.stdout + done.stderr
    )
