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
