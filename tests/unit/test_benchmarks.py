"""The benchmark's shop, and that its peers do the same work."""

import os
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from audsync.warehouse import Warehouse
from benchmarks import google, idosell, many, meta, value
from benchmarks.answers import differences
from benchmarks.child import Measured, run
from benchmarks.figures import Figures, Part
from benchmarks.google_upload import OF_EACH
from benchmarks.idosell import Pull
from benchmarks.page import _size, write
from benchmarks.shop import TABLE_NAMES, TIMEZONE, WAREHOUSE, fill_warehouse, generate
from benchmarks.way import audsync, pandas

LINES = 20_000
PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "performance.md"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    generate(folder, lines=LINES)
    with Warehouse(folder / WAREHOUSE, timezone=TIMEZONE) as warehouse:
        fill_warehouse(warehouse, folder)
    return folder


@pytest.fixture(scope="module")
def ours(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("audsync")
    audsync(shop, lambda _: None, out)
    return out


def test_the_same_seed_gives_the_same_bytes(shop: Path, tmp_path: Path) -> None:
    generate(tmp_path / "again", lines=LINES)
    generate(tmp_path / "other", lines=LINES, seed=2)
    for table in TABLE_NAMES:
        name = f"{table}.parquet"
        assert (tmp_path / "again" / name).read_bytes() == (shop / name).read_bytes()

    other = (tmp_path / "other" / "order_lines.parquet").read_bytes()
    assert other != (shop / "order_lines.parquet").read_bytes()


def test_a_shop_has_as_many_lines_as_asked_for_and_is_skewed(shop: Path) -> None:
    assert pq.read_metadata(shop / "order_lines.parquet").num_rows == LINES
    owners = pq.read_table(shop / "order_clients.parquet")
    orders = sorted(Counter(owners["client_id"].to_pylist()).values())
    assert orders[len(orders) // 2] == 1
    assert orders[-1] > 50


def test_a_shop_of_several_chunks_has_every_order_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.sales._CHUNK", 3001)
    generate(tmp_path, lines=LINES)
    assert pq.read_metadata(tmp_path / "order_lines.parquet").num_rows == LINES
    ids = pq.read_table(tmp_path / "orders.parquet", columns=["order_id"])["order_id"]
    assert pc.count_distinct(ids).as_py() == len(ids)
    returns = pq.read_table(tmp_path / "returns.parquet", columns=["return_id"])["return_id"]
    assert pc.count_distinct(returns).as_py() == len(returns)


def test_every_segment_of_the_benchmark_has_members(ours: Path) -> None:
    members = pq.read_table(ours / "membership.parquet")
    assert len(members["segment_id"].unique()) == 20


def test_pandas_gives_the_same_clients_and_segments(
    shop: Path, ours: Path, tmp_path: Path
) -> None:
    pandas(shop, lambda _: None, tmp_path)
    assert differences(ours, tmp_path) == {}


def test_other_answers_are_told_by_column_and_segment(ours: Path, tmp_path: Path) -> None:
    clients = pq.read_table(ours / "clients.parquet")
    members = pq.read_table(ours / "membership.parquet")
    at = clients.column_names.index("order_count")
    counts = clients["order_count"].to_numpy().copy()
    counts[:3] += 1
    changed = clients.set_column(at, "order_count", pa.array(counts)).drop_columns("stores")
    pq.write_table(changed.slice(1), tmp_path / "clients.parquet")
    pq.write_table(members.slice(1), tmp_path / "membership.parquet")
    assert differences(ours, tmp_path) == {
        "rows of clients": 1,
        "column stores of one way only": 1,
        "order_count": 2,
        f"segment {members['segment_id'][0]}": 1,
    }


def test_figures_that_miss_an_aim_are_said_to_fall_short() -> None:
    def runs(wall: float, peak: int) -> list[Measured]:
        return [Measured(wall, wall, peak, {"parts": {}})]

    figures = Figures(
        {
            (1_000_000, "audsync"): runs(1.0, 10**9),
            (10_000_000, "audsync"): runs(10.4, 3 * 10**9),
            (10_000_000, "whole"): runs(10.5, 3 * 10**9),
            (10_000_000, "pandas"): runs(126.0, 10**9),
            (10_000_000, "polars"): runs(10.4, 10**9),
        },
        {"hashing": Part(9.0, 4.0, 10**9), "difference": Part(0.71, 0.6, 10**9)},
    )
    assert [aim.is_met for aim in figures.aims()] == [True, False, False, True, True, False]


def test_a_peer_that_ran_out_of_memory_is_named_on_the_page() -> None:
    took = Measured(2.0, 3.0, 10**9, {"parts": {"model": 1.5, "segments": 0.4}})
    size = 10_000_000
    figures = Figures({(size, "audsync"): [took]}, {}, {(size, "pandas")})
    rows = list(_size(figures, size))
    assert "| audsync | 1 | 2.0 | 3.0 | 1,000 | 1.5 | 0.4 | 1.00 |" in rows
    assert rows[-1].startswith("| pandas | did not come to an end |")


def test_a_way_that_fails_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"benchmarks\.way pandas ended with 1"):
        run("benchmarks.way", ["pandas", tmp_path])


def test_the_page_keeps_what_is_not_measured(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    write(page, "| old |\n")
    write(page, "| new |\n")
    text = page.read_text(encoding="utf-8")
    assert "| new |" in text
    assert "| old |" not in text
    assert text.startswith("# Performance")
    assert "## The full Online Retail file" in text


def test_a_shop_is_loaded_from_a_panel_and_the_page_says_what_it_took() -> None:
    pulls = idosell.measured(orders=200, clients=40, products=10)
    assert [one.calls for one in pulls] == sorted((one.calls for one in pulls), reverse=True)
    assert pulls[1].calls <= idosell.MOST_CALLS
    assert all(0 < one.waiting < one.took.wall for one in pulls)
    assert all(one.panel_cpu > 0 for one in pulls)
    text = idosell.text(pulls)
    assert f"found {pulls[1].calls}: met." in text
    assert "falls short" in idosell.text(
        [pulls[0], Pull("night", _of(calls=26), 0.1), pulls[2]]
    )
    page = PAGE.read_text(encoding="utf-8")
    assert page.count("| first load |") == 1


def test_both_ways_of_predicting_find_the_same_and_the_page_says_what_they_took() -> None:
    runs = value.measured(clients=20_000)
    # So few clients still feel the prior, which only one of the ways has.
    theirs = runs["lifetimes"][0].printed["parameters"]
    ours = runs["audsync"][0].printed["parameters"]
    assert ours == pytest.approx(theirs, rel=0.01)
    with pytest.raises(RuntimeError, match="from that of lifetimes"):
        value.text(
            {**runs, "lifetimes": [_predicted({**theirs, "r": theirs["r"] * 1.1}, 30.0)]}
        )
    fast, slow = _predicted(theirs, 9.9), _predicted(theirs, 30.0)
    assert "3.0 times, parameters equal to 0e+00: met." in value.text(
        {"audsync": [fast], "lifetimes": [slow]}
    )
    assert "falls short" in value.text({"audsync": [slow], "lifetimes": [slow]})
    assert "| lifetimes |" in PAGE.read_text(encoding="utf-8")


def _predicted(parameters: dict[str, float], cpu: float) -> Measured:
    return Measured(cpu, cpu, 1, {"parameters": parameters, "value": 1.0, "cpu": cpu})


def _of(calls: int) -> Measured:
    printed = {"calls": calls, "wall": 1.0, "waiting": 0.5, "held": {}}
    return Measured(1.0, 1.0, 1, printed)


@pytest.mark.slow
def test_every_way_fills_the_same_audience_and_ours_is_quiet_without_a_change() -> None:
    fillings = meta.measured(members=300, runs=1)
    assert [one.way for one in fillings] == ["audsync", "sdk", "requests"]
    assert fillings[0].calls_unchanged == 0
    text = meta.text(fillings)
    assert "300 clients" in text
    assert "found 0: met" in text


@pytest.mark.slow
def test_every_way_fills_the_same_lists_of_google() -> None:
    before = dict(os.environ)
    fillings = google.measured(people=300, runs=1)
    # Whoever is asked next trusts whom they trusted before.
    assert dict(os.environ) == before
    ways = [*google.WAYS["data_manager"], *google.WAYS["google_ads"]]
    assert [one.way for one in fillings] == ways
    together, *others = (one.identifiers for one in fillings)
    (alone,) = set(others)
    assert 2 < alone < 3  # e-mail, and of most people phone and address
    assert together == pytest.approx(alone / OF_EACH)
    text = google.text(fillings)
    assert "300 clients" in text
    assert "no request of a run without a change" in text


@pytest.mark.slow
def test_sixty_segments_are_measured_over_a_shop(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    segments = many.many_segments()
    assert len({one.id for one in segments}) == many.SEGMENTS == 60
    assert sum(bool(one.references) for one in segments) >= 8
    monkeypatch.setattr("benchmarks.many.shop", lambda _: shop)
    took = many.measured(runs=1)
    assert len(took.alone) == 60
    assert took.lines == LINES
    assert 0 < took.model_peak_bytes <= took.peak_bytes
    assert f"{LINES:,} order lines" in many.text(took)
