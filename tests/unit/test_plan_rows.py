"""Rows of keys compared, searched and sorted."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pytest

from audsync.plan.rows import by_client, contained, held_rows, positions, same_rows


@pytest.mark.parametrize(
    ("values", "among"),
    [
        (["a", "b", "d"], ["b", "c", "d"]),
        (["d", "a"], ["a", "d"]),
        (["a", None], ["a", None]),
        (["a", "a"], ["a", "b"]),
        (["a", "b"], ["b", "b"]),
        (["a" * 40, "b"], ["b", "c"]),
        (["a", "a\x00"], ["a\x00", "b"]),
        (["é", "ž"], ["ž", "žž"]),
        ([], ["a"]),
        (["a"], []),
        (["c"], ["a", "b", "c", "d", "e"]),
        (["c", None], ["a", None, "b", "c", "d", "e", "f", "g", "h"]),
        (["x", None], ["a", None, "b", "c", "d", "e", "f", "g", "h"]),
        (["a", "c", "d", "e", "z"], ["a", "b", "c", "e", "z"]),
        (["a" * 32, "b"], ["a" * 32, "c"]),
        (["a" * 33, "b"], ["a" * 33, "c"]),
        (["", "a"], ["", "b"]),
        (["b", None, "b", "x"], ["a", "b", "b", None, "c", "b"]),
    ],
)
def test_positions_are_those_of_a_plain_search(
    values: list[str | None], among: list[str | None]
) -> None:
    found = positions(
        pa.chunked_array([values], pa.string()), pa.chunked_array([among], pa.string())
    )
    expected = [
        among.index(value) if value is not None and value in among else -1 for value in values
    ]
    assert found.tolist() == expected
    held = contained(
        pa.chunked_array([values], pa.string()), pa.chunked_array([among], pa.string())
    )
    assert held.tolist() == [place >= 0 for place in expected]


def test_rows_are_compared_in_parts_and_null_equals_null() -> None:
    count = 40_000  # of which 16,384 are a part
    texts = [None if number % 7 == 0 else f"t{number}" for number in range(count)]
    right = pa.table({"client_id": texts, "email": pa.array(texts, pa.string())})
    others = [None if number % 11 == 0 else text for number, text in enumerate(texts)]
    left = pa.table({"client_id": texts, "email": pa.array(others, pa.string())})
    places = np.arange(count, dtype=np.int64)
    places[20_000:] -= 1
    places[[5, 17_000]] = -1
    found = same_rows(left, right, ["email"], at=places)
    expected = [
        place >= 0 and others[row] == texts[place] for row, place in enumerate(places.tolist())
    ]
    assert found.tolist() == expected
    assert 15_000 < sum(expected) < 25_000
    assert same_rows(left, right, [], at=places).tolist() == (places >= 0).tolist()
    every_other = np.array([1, 3, 5], dtype=np.int64)
    assert same_rows(left.slice(1, 3), right, ["client_id"], at=every_other).tolist() == [
        True,
        False,
        False,
    ]
    assert same_rows(left.take([1, 3, 5]), right, ["client_id"], at=every_other).all()


def test_rows_are_held_where_every_column_is_equal_and_null_equals_null() -> None:
    pairs: list[tuple[str | None, str | None]] = [
        *(("ab", "c"), ("a", "bc"), ("a:null:b", "c"), ("a", "b:null:c"), ("a:1:b", "c")),
        *(("null", "c"), (None, "c"), ("", "c"), ("c", None), ("c", "null"), (None, None)),
    ]

    def rows(chosen: Iterable[tuple[str | None, str | None]]) -> pa.Table:
        one, other = zip(*chosen, strict=True)
        return pa.table(
            {"email": pa.array(one, pa.string()), "phone": pa.array(other, pa.string())}
        )

    for pair in pairs:
        held = held_rows(rows(pairs), [rows([pair])], ["email", "phone"])
        assert held.tolist() == [pair == another for another in pairs]
    parts = [rows(pairs[:2]), rows(pairs[3:4])]
    held = held_rows(rows(pairs), parts, ["email", "phone"])
    assert [number for number, is_held in enumerate(held) if is_held] == [0, 1, 3]
    assert not held_rows(rows(pairs), [], ["email", "phone"]).any()


def test_rows_are_sorted_by_client_and_those_of_one_by_their_keys() -> None:
    rows = pa.table({"email": ["z", "b", "a"], "client_id": ["2", "1", "1"]})
    assert by_client(rows).to_pylist() == [
        {"email": "a", "client_id": "1"},
        {"email": "b", "client_id": "1"},
        {"email": "z", "client_id": "2"},
    ]
