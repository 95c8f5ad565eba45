"""Who matches: windows, days, anniversaries and parameters."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from audsync.errors import ConfigError
from fakes.engine import MemoryEngine
from fakes.segment_shop import AS_OF, days_ago, fill, members


def test_the_same_window_in_three_spellings(engine: MemoryEngine) -> None:
    clients = [
        {
            "client_id": f"{days:03}",
            "last_order": days_ago(days),
            "days_since_last_order": days,
            "order_count_365d": int(days <= 365),
        }
        for days in (0, 364, 365, 366)
    ]
    fill(engine, clients)
    for text in (
        'last_order.within = "365 days"',
        "days_since_last_order.at_most = 365",
        "order_count_365d.at_least = 1",
    ):
        assert members(engine, f"[all]\n{text}") == ["000", "364", "365"]
    assert members(engine, '[all]\nlast_order.older_than = "365 days"') == ["366"]


def test_a_month_window_begins_with_its_first_day(engine: MemoryEngine) -> None:
    days = [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 31)]
    fill(engine, [{"client_id": day.isoformat(), "last_order": day} for day in days])
    found = members(engine, '[all]\nlast_order.within = "1 month"', as_of=date(2024, 3, 31))
    assert found == ["2024-02-29", "2024-03-01", "2024-03-31"]
    older = members(engine, '[all]\nlast_order.older_than = "1 month"', as_of=date(2024, 3, 31))
    assert older == ["2024-01-31"]


def test_a_day_to_come_is_neither_within_nor_older(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "registered": AS_OF + timedelta(days=1)}])
    assert members(engine, '[all]\nregistered.within = "1 year"') == []
    assert members(engine, '[all]\nregistered.older_than = "1 day"') == []


def test_dates_are_compared_with_days(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": f"{n}", "last_order": date(2024, 1, n)} for n in (1, 2, 3)])
    assert members(engine, "[all]\nlast_order = 2024-01-02") == ["2"]
    assert members(engine, "[all]\nlast_order.before = 2024-01-02") == ["1"]
    assert members(engine, "[all]\nlast_order.after = 2024-01-02") == ["3"]
    assert members(engine, "[all]\nlast_order.between = [2024-01-01, 2024-01-02]") == ["1", "2"]
    assert members(engine, '[all]\nlast_order.during = "2024-01"') == ["1", "2", "3"]


def test_birthdays_of_the_coming_week(engine: MemoryEngine) -> None:
    born = [date(2000, 2, 28), date(2000, 2, 29), date(1990, 3, 7), date(1990, 3, 8), None]
    fill(engine, [{"client_id": f"{n}", "born_on": day} for n, day in enumerate(born)])
    found = members(engine, '[all]\nborn_on.within_next = "1 week"', as_of=date(2023, 2, 28))
    assert found == ["0", "1", "2"]


def test_parameters_are_compared_by_what_they_hold(engine: MemoryEngine) -> None:
    fill(
        engine,
        [
            {
                "client_id": "a",
                "param.size": Decimal("42.5"),
                "param.a.b": "Modrá",
                "param.club": True,
                "param.sports": ["Běh", "tenis"],
            }
        ],
    )
    for text in (
        "param.size = 42.5",
        "param.size.between = [42, 43]",
        'param."a.b" = "modra"',
        "param.club = true",
        'param.sports.is = "beh"',
        'param.sports.contains = "enis"',
    ):
        assert members(engine, f"[all]\n{text}") == ["a"], text
    assert members(engine, "[all]\nparam.club.is_not = true") == []


def test_dates_of_the_shop_have_anniversaries(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "param.born": date(2000, 2, 29)}])
    for text in (
        'param_date."born".before = 2001-01-01',
        'param_date."born".within_next = "1 year"',
        'param_days_to_anniversary."born" = 364',
        'param_days_to_anniversary."born".within_next = "12 months"',
        'param_days_since_anniversary."born" = 1',
        'param_years_since."born" = 24',
        'param_days_since."born" = 8767',
        'param_years_since."born".top_percent = 100',
    ):
        assert members(engine, f"[all]\n{text}") == ["a"], text


def test_days_since_a_day_to_come_are_negative(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "param.valid": AS_OF + timedelta(days=3)}])
    assert members(engine, '[all]\nparam_days_since."valid" = -3') == ["a"]
    assert members(engine, '[all]\nparam_years_since."valid".missing = true') == ["a"]


def test_a_moment_is_a_day_in_the_shops_zone() -> None:
    import pyarrow as pa

    with MemoryEngine("Europe/Prague") as engine:
        fill(engine, [{"client_id": "a"}])
        engine.execute(
            "CREATE OR REPLACE TEMPORARY TABLE numbered_clients AS SELECT c.*, "
            "TIMESTAMP '2024-01-31 23:30:00' AS \"param.seen\" FROM numbered_clients AS c"
        )
        columns = engine.fetch("SELECT * FROM numbered_clients").schema
        assert pa.types.is_timestamp(columns.field("param.seen").type)
        assert members(engine, '[all]\nparam_date."seen" = 2024-02-01') == ["a"]


def test_an_unknown_parameter_stops_the_evaluation(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "param.size": "42"}])
    with pytest.raises(ConfigError, match="no parameter"):
        members(engine, "[all]\nparam.colour = 1")
    with pytest.raises(ConfigError, match="holds text"):
        members(engine, "[all]\nparam.size.at_least = 1")
