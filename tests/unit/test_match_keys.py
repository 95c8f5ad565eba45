"""Match keys: what leaves, what is refused, who cannot be reached."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

import pyarrow as pa
import pytest

from audsync.contracts import Form, KeyRule
from audsync.errors import TableError
from audsync.identity.digests import as_they_are, digest_all
from audsync.match_keys import (
    AUDSYNC_RULES,
    IDENTITY,
    is_looked_up,
    key_column,
    match_keys,
    names_person,
    rules_version,
)


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _people(rows: list[dict[str, str]]) -> pa.Table:
    return pa.table(
        {name: pa.array([row.get(name) for row in rows], pa.string()) for name in IDENTITY}
    )


PEOPLE = _people(
    [
        {"client_id": "2", "phone": "+442079460018", "first_name": "Ing. Jan", "zip": ""},
        {"client_id": "10", "email": "anna@example.com", "country": "GB", "zip": "SW1A 1AA"},
        {"client_id": "1", "first_name": "Eva", "country": "CZ"},
    ]
)


def test_the_reachable_come_in_the_order_of_their_ids_with_a_column_per_rule() -> None:
    keys = match_keys(AUDSYNC_RULES, PEOPLE)
    assert keys.rows.column_names == ["client_id", *AUDSYNC_RULES]
    assert keys.rows.to_pylist() == [
        {
            "client_id": "10",
            "hashed_email": _hash("anna@example.com"),
            "hashed_phone": None,
            "hashed_first_name": None,
            "hashed_last_name": None,
            "country_code": "GB",
            "zip": "SW1A 1AA",
        },
        {
            "client_id": "2",
            "hashed_email": None,
            "hashed_phone": _hash("+442079460018"),
            "hashed_first_name": _hash("jan"),
            "hashed_last_name": None,
            "country_code": None,
            "zip": None,
        },
    ]


def test_people_may_come_in_several_pieces_that_lack_values() -> None:
    pieces = pa.concat_tables([PEOPLE.slice(place, 1) for place in range(PEOPLE.num_rows)])
    assert match_keys(AUDSYNC_RULES, pieces) == match_keys(AUDSYNC_RULES, PEOPLE)


def test_a_name_and_a_country_alone_reach_nobody() -> None:
    keys = match_keys(AUDSYNC_RULES, PEOPLE)
    assert keys.unreachable == 1
    assert keys.missing == {
        "hashed_email": 1,
        "hashed_phone": 1,
        "hashed_first_name": 1,
        "hashed_last_name": 2,
        "country_code": 1,
        "zip": 1,
    }


def test_keys_of_a_group_leave_together_or_not_at_all() -> None:
    def named(values: Sequence[str | None]) -> list[str | None]:
        return digest_all([value and value.lower() for value in values])

    def both(names: Sequence[str | None], codes: Sequence[str | None]) -> list[str | None]:
        pairs = zip(names, codes, strict=True)
        return digest_all([f"{name}/{code}" if name and code else None for name, code in pairs])

    rules = {
        "email": KeyRule(("email",), digest_all, identifies=True),
        # Made of what comes behind it.
        "home": KeyRule((), both, identifies=True, made_of=("name", "zip")),
        "name": KeyRule(("first_name",), named, group="address"),
        "city": KeyRule(("city",), as_they_are, form=Form.PLAIN),
        "zip": KeyRule(("zip",), as_they_are, form=Form.PLAIN, group="address"),
    }
    people = _people(
        [
            {"client_id": "3", "first_name": "Eva", "zip": "602 00", "city": "Brno"},
            {"client_id": "2", "first_name": "Jan", "email": "jan@example.com"},
            {"client_id": "1", "zip": "110 00", "city": "Praha"},
        ]
    )
    keys = match_keys(rules, people)
    eva = {"email": None, "home": _hash(f"{_hash('eva')}/602 00"), "name": _hash("eva")}
    assert keys.rows.to_pylist() == [
        {
            "client_id": "2",
            "email": _hash("jan@example.com"),
            "home": None,
            "name": None,
            "city": None,
            "zip": None,
        },
        {"client_id": "3", **eva, "city": "Brno", "zip": "602 00"},
    ]
    assert keys.unreachable == 1
    assert rules_version(rules) == (
        "email=email/digest/1;home=name+zip/digest/1;name=first_name/digest/1/address;"
        "city=city/plain/1;zip=zip/plain/1/address"
    )


def test_rows_that_differ_in_one_of_two_columns_have_keys_of_their_own() -> None:
    rules = {
        "email": KeyRule(("email",), digest_all, identifies=True),
        "place": KeyRule(
            ("zip", "country"),
            lambda codes, countries: [
                f"{code} {country}" for code, country in zip(codes, countries, strict=True)
            ],
            form=Form.PLAIN,
        ),
    }
    pairs = [
        (code, country) for country in ("CZ", "GB", None) for code in ("1", "2", "3", None)
    ]
    people = _people(
        [
            {
                "client_id": f"{number:02}",
                "email": f"c{number}@example.com",
                **({"zip": code} if code else {}),
                **({"country": country} if country else {}),
            }
            for number, (code, country) in enumerate(pairs * 2)
        ]
    )
    places = match_keys(rules, people).rows["place"].to_pylist()
    assert places == [f"{code} {country}" for code, country in pairs * 2]


def test_nobody_gives_no_rows() -> None:
    keys = match_keys(AUDSYNC_RULES, PEOPLE.slice(0, 0))
    assert (keys.rows.num_rows, keys.unreachable) == (0, 0)


def test_the_order_of_people_does_not_matter() -> None:
    assert match_keys(AUDSYNC_RULES, PEOPLE.take([2, 0, 1])).rows.equals(
        match_keys(AUDSYNC_RULES, PEOPLE).rows
    )


def test_many_people_in_any_order_get_the_keys_they_get_one_by_one() -> None:
    numbers = {f"c{number * 7919 % 9000:04}": number for number in range(9000)}
    people = _people(
        [
            {
                "client_id": client,
                "email": f"p{number}@example.com",
                "first_name": ("Eva", "Jan", "Žofie")[number % 3],
                "country": ("CZ", "PL")[number % 2],
            }
            for client, number in numbers.items()
        ]
    )
    rows = match_keys(AUDSYNC_RULES, people).rows
    assert rows["client_id"].to_pylist() == sorted(numbers)
    for row in rows.to_pylist():
        number = numbers[row["client_id"]]
        assert row["hashed_email"] == _hash(f"p{number}@example.com")
        assert row["hashed_first_name"] == _hash(("eva", "jan", "žofie")[number % 3])
        assert row["country_code"] == ("CZ", "PL")[number % 2]


def _constant(value: str | None) -> KeyRule:
    def apply(emails: Sequence[str | None]) -> list[str | None]:
        return [value for _ in emails]

    return KeyRule(("email",), apply, identifies=True)


@pytest.mark.parametrize(
    "value",
    [
        "anna@example.com",
        "",
        _hash("anna@example.com").upper(),
        _hash("anna@example.com")[:-1],
        _hash("anna@example.com") + "\n",
        "X" + _hash("anna@example.com")[1:],
        _hash(""),
    ],
)
def test_what_is_no_digest_does_not_leave_and_is_not_shown(value: str) -> None:
    with pytest.raises(TableError, match="key k: 3 of 3 are no SHA-256 digests") as caught:
        match_keys({"k": _constant(value)}, PEOPLE)
    assert "anna" not in str(caught.value)


@pytest.mark.parametrize("name", ["email", "phone", "first_name", "last_name", "full_name"])
def test_what_names_a_person_never_leaves_plain(name: str) -> None:
    people = _people([{"client_id": "1", name: "x"}])
    rule = KeyRule((name,), as_they_are, form=Form.PLAIN)
    with pytest.raises(TableError, match="plain fields that name nobody"):
        match_keys({"k": rule}, people)


@pytest.mark.parametrize("value", ["a@b", "x" * 65, "", "a\nb"])
def test_a_plain_field_is_short_and_no_address(value: str) -> None:
    people = _people([{"client_id": "1", "city": "Leeds"}])
    rule = KeyRule(("city",), lambda cities: [value for _ in cities], form=Form.PLAIN)
    wrong = "key k: 1 of 1 are no short plain fields that name nobody$"
    with pytest.raises(TableError, match=wrong):
        match_keys({"k": rule}, people)


def test_a_personal_field_is_left_as_the_rule_made_it() -> None:
    people = _people([{"client_id": "1", "email": "anna@example.com"}])
    rule = KeyRule(("email",), as_they_are, form=Form.PERSONAL, identifies=True)
    assert match_keys({"email": rule}, people).rows["email"].to_pylist() == ["anna@example.com"]


def test_an_empty_personal_field_does_not_leave() -> None:
    rule = KeyRule(("email",), lambda emails: ["" for _ in emails], form=Form.PERSONAL)
    with pytest.raises(TableError, match="key email: 3 of 3 are no filled fields"):
        match_keys({"email": rule}, PEOPLE)


def test_a_rule_that_asks_for_a_column_that_these_people_lack_is_refused() -> None:
    with pytest.raises(TableError, match="asks for city"):
        match_keys({"k": KeyRule(("city",), digest_all)}, PEOPLE.drop_columns(["city"]))


def test_a_rule_may_take_several_inputs() -> None:
    def apply(zips: Sequence[str | None], countries: Sequence[str | None]) -> list[str | None]:
        both = zip(zips, countries, strict=True)
        return digest_all([f"{code}{country}" if code else None for code, country in both])

    rule = KeyRule(("zip", "country"), apply, identifies=True)
    place = _hash("SW1A 1AAGB")
    keys = match_keys({"place": rule}, PEOPLE)
    assert keys.rows.to_pylist() == [{"client_id": "10", "place": place}]
    beside = {
        "hashed_email": AUDSYNC_RULES["hashed_email"],
        "place": replace(rule, identifies=False),
    }
    assert match_keys(beside, PEOPLE).rows["place"].to_pylist() == [place]


def test_a_rule_that_returns_too_few_values_is_refused() -> None:
    rule = KeyRule(("email",), lambda emails: list(emails)[1:])
    with pytest.raises(TableError, match="key k: 1 values for 2 inputs"):
        match_keys({"k": rule}, PEOPLE)


def test_a_rule_that_asks_for_an_unknown_column_is_refused() -> None:
    rule = KeyRule(("shoe_size",), digest_all)
    with pytest.raises(TableError, match="asks for shoe_size"):
        match_keys({"k": rule}, PEOPLE)


def test_a_change_of_name_inputs_form_version_or_order_of_rules_changes_their_version() -> None:
    rule = KeyRule(("email",), digest_all)
    versions = {
        rules_version(rules)
        for rules in (
            {"a": rule},
            {"b": rule},
            {"a": KeyRule(("phone",), digest_all)},
            {"a": KeyRule(("email",), digest_all, form=Form.PERSONAL)},
            {"a": KeyRule(("email",), digest_all, version=2)},
            {"a": rule, "b": rule},
            {"b": rule, "a": rule},
        )
    }
    assert len(versions) == 7
    both = KeyRule(("zip", "country"), as_they_are, form=Form.PLAIN, version=2)
    # Stored beside every member list: another text would send every audience again.
    assert rules_version({"a": rule, "place": both}) == (
        "a=email/digest/1;place=zip+country/plain/2"
    )
    assert rules_version({"a": rule}) == rules_version({"a": KeyRule(("email",), as_they_are)})


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("110 00", "110 00"),
        ("EC1A 1AA", "EC1A 1AA"),
        ("00-950", "00-950"),
        ("canary@example.com", None),
        ("+420 601 987 321", None),
        ("Canaryson", None),
        ("Canary Street 5, flat 3", None),
        ("1\n2", None),
        ("", None),
        (None, None),
    ],
)
def test_only_a_post_code_leaves_as_one(written: str | None, sent: str | None) -> None:
    people = pa.table(
        {
            "client_id": ["1"],
            **{name: pa.array([None], pa.string()) for name in ("phone", "country")},
            **{name: pa.array([None], pa.string()) for name in ("first_name", "last_name")},
            "email": ["ana@example.com"],
            "zip": pa.array([written], pa.string()),
        }
    )
    assert match_keys(AUDSYNC_RULES, people).rows["zip"].to_pylist() == [sent]


MADE = ("hashed_email", "hashed_phone", "hashed_first_name", "hashed_last_name")


def _made(*clients: str, **keys: Sequence[str | None]) -> pa.Table:
    """Keys that were made before, by client."""
    return pa.table(
        {
            "client_id": pa.array(clients, pa.string()),
            **{
                name: pa.array(keys.get(name, [None] * len(clients)), pa.string())
                for name in MADE
            },
        }
    )


def test_keys_made_before_stand_for_values_that_are_gone() -> None:
    """Where identities are kept hashed, the people have no e-mail, phone or name any more."""
    gone = PEOPLE.drop_columns(["email", "phone", "first_name", "last_name", "full_name"])
    made = _made(
        *("7", "10", "2"),
        hashed_email=["7" * 64, _hash("anna@example.com"), None],
        hashed_phone=[None, None, _hash("+442079460018")],
        hashed_first_name=[None, None, _hash("jan")],
    )
    keys = match_keys(AUDSYNC_RULES, gone, made)
    plain = match_keys(AUDSYNC_RULES, PEOPLE)
    assert keys.rows.equals(plain.rows)
    assert (keys.unreachable, keys.missing) == (plain.unreachable, plain.missing)


def test_a_key_made_before_is_checked_like_one_made_now() -> None:
    made = _made("2", hashed_phone=["+442079460018"])
    with pytest.raises(TableError, match=r"key hashed_phone: 1 of 3 are no SHA-256") as caught:
        match_keys(AUDSYNC_RULES, PEOPLE, made)
    assert "2079" not in str(caught.value)


def test_a_key_is_made_of_values_in_their_order_and_checked() -> None:
    rule = AUDSYNC_RULES["hashed_email"]
    values = ["b@example.com", "a@example.com"]
    made = key_column("hashed_email", rule, values)
    assert made.to_pylist() == [_hash(value) for value in values]
    wrong = KeyRule(("email",), as_they_are)
    with pytest.raises(TableError, match=r"key mine: 2 of 2 are no SHA-256"):
        key_column("mine", wrong, values)


@pytest.mark.parametrize(
    ("inputs", "names", "looked_up"),
    [
        (("email",), True, True),
        (("phone",), True, True),
        (("first_name",), True, True),
        (("full_name",), True, False),
        (("country",), False, False),
        (("email", "country"), True, False),
        (("country", "zip"), False, False),
    ],
)
def test_rules_that_tell_who_a_person_is_and_those_whose_keys_are_kept(
    inputs: tuple[str, ...], *, names: bool, looked_up: bool
) -> None:
    rule = KeyRule(inputs, digest_all)
    assert (names_person(rule), is_looked_up(rule)) == (names, looked_up)
