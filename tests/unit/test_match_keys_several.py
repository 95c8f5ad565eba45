"""Keys of people who have several addresses or numbers."""

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pytest

from audsync.contracts import Form, KeyRule
from audsync.identity.digests import digest_all
from audsync.match_keys import (
    first_place,
    kinds_of,
    match_keys,
    rules_version,
    taken_by,
)


def _lower(texts: Sequence[str | None]) -> list[str | None]:
    """As a rule that takes spellings for the same, and a question mark for no value."""
    return [None if text in (None, "?") else text.lower() for text in texts]


def _digests_at(place: int) -> KeyRule:
    return KeyRule(("email",), digest_all, identifies=True, place=place)


def test_a_rule_of_a_further_place_takes_the_column_of_that_place() -> None:
    people = pa.table(
        {
            "client_id": ["c1", "c2"],
            "email": ["ana@example.com", "eva@example.com"],
            "email_2": pa.array([None, "eva@example.org"], pa.string()),
        }
    )
    rules = {"email": _digests_at(1), "second": _digests_at(2)}

    rows = match_keys(rules, people).rows

    assert rows["second"].to_pylist() == [None, *digest_all(["eva@example.org"])]
    assert rows["email"].to_pylist() == digest_all(["ana@example.com", "eva@example.com"])


def test_keys_of_several_addresses_are_of_one_kind_and_a_place_is_in_the_version() -> None:
    phone = KeyRule(("phone",), digest_all, identifies=True)
    name = KeyRule(("first_name",), digest_all)
    rules = {"email": _digests_at(1), "phone": phone, "name": name}
    several = {**rules, "second": _digests_at(2)}

    assert kinds_of(rules) == (("email",), ("phone",))
    assert kinds_of(several) == (("email", "second"), ("phone",))
    assert rules_version(several).startswith(rules_version(rules))
    assert rules_version(several).endswith(";second=email/digest/1#2")


def test_a_key_of_a_further_place_is_made_as_the_one_of_the_first() -> None:
    phone = KeyRule(("phone",), digest_all, identifies=True)
    rules = {"phone": phone, "email": _digests_at(1), "second": _digests_at(2)}
    assert [first_place(rules, name) for name in rules] == ["phone", "email", "email"]


def test_keys_of_other_inputs_or_another_form_are_no_further_ones() -> None:
    plain = KeyRule(("email",), _lower, identifies=True)
    rules = {"email": _digests_at(1), "plain": plain, "second": _digests_at(2)}

    assert kinds_of(rules) == (("email", "second"), ("plain",))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        # The first stays where it is, the others are in an order that is not theirs.
        (("a", "c", "b"), ("a", "b", "c")),
        (("a", "b", "c"), ("a", "b", "c")),
        (("c", "b", "a"), ("c", "a", "b")),
        # What a rule makes one of two spellings is one key.
        (("A", "a", "b"), ("a", "b", None)),
        (("a", "b", "B"), ("a", "b", None)),
        (("a", "A", "a"), ("a", None, None)),
        # Of a value that has no right key the place is taken by the next.
        (("?", "c", "b"), ("b", "c", None)),
        ((None, None, "b"), ("b", None, None)),
        (("a", None, "b"), ("a", "b", None)),
        ((None, None, None), None),
        (("a", None, None), ("a", None, None)),
        (("a", "A", None), ("a", None, None)),
        ((None, "b", None), ("b", None, None)),
    ],
)
def test_every_key_of_a_person_is_once_in_his_row_and_their_order_is_always_the_same(
    given: tuple[str | None, ...], kept: tuple[str | None, ...] | None
) -> None:
    rule = KeyRule(("phone",), _lower, form=Form.PERSONAL, identifies=True)
    rules = {"one": rule, "two": replace(rule, place=2), "three": replace(rule, place=3)}
    columns = zip(("phone", "phone_2", "phone_3"), given, strict=True)
    # Beside others, before and after in the order of their ids.
    people = {name: pa.array(["x", value, "y"], pa.string()) for name, value in columns}
    table = pa.table({"client_id": ["c3", "c2", "c1"], **people})

    rows = match_keys(rules, table).rows.to_pylist()

    others = [dict.fromkeys(rules), dict.fromkeys(rules)]
    for other, client, value in zip(others, ("c1", "c3"), "yx", strict=True):
        other |= {"client_id": client, "one": value}
    mine = [] if kept is None else [{"client_id": "c2", **dict(zip(rules, kept, strict=True))}]
    assert rows == [others[0], *mine, others[1]]


def _kept(*given: tuple[str | None, ...]) -> list[tuple[str | None, ...]]:
    """The keys of people who have these numbers, at as many places, and are in this order."""
    rule = KeyRule(("phone",), _lower, form=Form.PERSONAL, identifies=True)
    rules = {
        f"key_{place}": replace(rule, place=place) for place in range(1, len(given[0]) + 1)
    }
    names = [name for one in rules.values() for name in taken_by(one)]
    columns = {
        name: pa.array(values, pa.string())
        for name, values in zip(names, zip(*given, strict=True), strict=True)
    }
    ids = [f"c{number}" for number in range(len(given))]
    rows = match_keys(rules, pa.table({"client_id": ids, **columns})).rows
    return list(zip(*(rows[name].to_pylist() for name in rules), strict=True))


def test_each_person_has_his_own_keys_where_several_have_no_first_one() -> None:
    found = _kept((None, "c", "b"), ("x", None, None), (None, None, "d"), ("e", "f", "E"))
    assert found == [("b", "c", None), ("x", None, None), ("d", None, None), ("e", "f", None)]


def test_of_two_or_four_places_each_key_is_once_as_well() -> None:
    assert _kept(("a", "A"), (None, "b")) == [("a", None), ("b", None)]
    assert _kept(("a", "c", "b", "c"), ("d", "c", "b", "a")) == [
        ("a", "b", "c", None),
        ("d", "a", "b", "c"),
    ]
