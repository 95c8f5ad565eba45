"""Segments beside one another: references, experiments, and the order of rows."""

import pytest

from audsync.errors import ConfigError
from audsync.segments import bucket_counts, evaluate
from audsync.segments.buckets import bucket
from fakes.engine import MemoryEngine
from fakes.segment_shop import AS_OF, fill, members, segment


def test_a_segment_may_ask_for_another(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "age": 20}, {"client_id": "b", "age": 40}])
    segments = [
        segment('[none]\nin_segment = "old"', "young"),
        segment("active = false\n[all]\nage.at_least = 30", "old"),
        segment('[all]\nin_segment.one_of = ["old", "young"]', "either"),
        segment('[all]\nin_segment.none_of = ["old"]', "neither"),
    ]
    evaluate(segments, engine, as_of=AS_OF, currency="CZK")
    rows = engine.fetch("SELECT * FROM membership ORDER BY ALL").to_pylist()
    assert [(row["segment_id"], row["client_id"]) for row in rows] == [
        ("either", "a"),
        ("either", "b"),
        ("neither", "a"),
        ("young", "a"),
    ]


def test_no_active_segment_leaves_an_empty_table(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a"}])
    evaluate([], engine, as_of=AS_OF, currency="CZK")
    rows = engine.fetch("SELECT * FROM membership")
    assert (rows.num_rows, rows.column_names) == (0, ["segment_id", "client_id"])


def test_a_reference_that_leads_nowhere_stops_the_evaluation(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a"}])
    with pytest.raises(ConfigError, match="unknown segment"):
        members(engine, '[all]\nin_segment = "gone"')


def test_many_segments_are_worked_out_in_statements_of_a_bounded_size(
    engine: MemoryEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # All in one statement, sixty over ten million order lines ran out of the engine's memory.
    fill(engine, [{"client_id": f"c{age}", "age": age} for age in range(25)])
    chosen = [segment(f"[all]\nage = {age}", f"age-{age}") for age in range(25)]
    listing = "SELECT table_name FROM information_schema.tables"
    before = {*engine.fetch(listing)["table_name"].to_pylist()}
    stored, store = [], engine.store

    def remembered(name: str, sql: str) -> None:
        stored.append(sql)
        store(name, sql)

    monkeypatch.setattr(engine, "store", remembered)
    evaluate(chosen, engine, as_of=AS_OF, currency="CZK")
    rows = engine.fetch("SELECT segment_id, client_id FROM membership").to_pylist()
    assert {(row["segment_id"], row["client_id"]) for row in rows} == {
        (f"age-{age}", f"c{age}") for age in range(25)
    }
    assert max(sql.count("clients c WHERE") for sql in stored) == 10
    assert {*engine.fetch(listing)["table_name"].to_pylist()} == before | {"membership"}


def test_no_table_but_the_result_is_left_behind(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "city": "Brno"}])
    members(engine, '[all]\ncity = "brno"\n[none.bought]\nbrand = "x"')
    tables = engine.fetch("SELECT table_name FROM information_schema.tables")
    assert set(tables.column("table_name").to_pylist()) == {
        "clients",
        "client_numbers",
        "numbered_clients",
        "order_facts",
        "bought_products",
        "purchases",
        "product_facts",
        "price_scores",
        "visit_views",
        "membership",
    }


@pytest.mark.parametrize(
    ("key", "default", "salted"),
    [("1", 40, 65), ("42", 71, 32), ("C-1001", 42, 82), ("jan.novak@example.com", 68, 86)],
)
def test_a_bucket_never_changes(key: str, default: int, salted: int) -> None:
    assert bucket(key) == default
    assert bucket(key, "spring-test") == salted


def test_buckets_split_clients_by_id(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "1"}, {"client_id": "42"}, {"client_id": "C-1001"}])
    assert members(engine, "[all]\nab_bucket.between = [1, 50]") == ["1", "C-1001"]
    assert members(engine, "[all]\nab_bucket.between = [51, 100]") == ["42"]
    salted = '[all.ab_bucket]\nat_most = 50\nsalt = "spring-test"'
    assert members(engine, salted) == ["42"]


def test_the_groups_of_a_segment_are_its_own_halves(engine: MemoryEngine) -> None:
    ids = [f"{number}" for number in range(40)]
    fill(engine, [{"client_id": name} for name in ids])
    first = members(engine, '[all]\nab_group = "A"')
    assert first == sorted(name for name in ids if bucket(name, "tested") <= 50)
    assert members(engine, '[all]\nab_group.is_not = "a"') == sorted(set(ids) - set(first))
    assert members(engine, '[all]\nab_group.one_of = ["A", "B"]') == sorted(ids)


def test_the_order_of_rows_does_not_matter(engine: MemoryEngine) -> None:
    clients = [{"client_id": f"{n}", "age": n % 7, "city": "Brno"} for n in range(30)]
    text = '[all]\nage.top_percent = 33\ncity.contains = "rn"'
    fill(engine, clients)
    found = members(engine, text)
    fill(engine, clients[::-1])
    assert members(engine, text) == found
    assert found


def test_the_sizes_of_buckets_are_told_by_split(engine: MemoryEngine) -> None:
    ids = [f"c{number}" for number in range(500)]
    fill(engine, [{"client_id": name} for name in ids])
    asked = segment(
        '[all]\nab_group = "A"\n[[all.ab_bucket]]\nat_most = 9\n'
        '[[all.ab_bucket]]\nat_most = 9\nsalt = "spring-test"\n'
    )
    found = bucket_counts(asked, engine)
    assert list(found) == ["ab", "spring-test", "tested"]
    for split, counts in found.items():
        assert (len(counts), sum(counts)) == (100, 500)
        assert counts[6] == sum(bucket(name, split) == 7 for name in ids)
    assert bucket_counts(segment("[all]\nage = 1"), engine) == {}
