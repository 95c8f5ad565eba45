"""What is wrong with a connector is said before it is used."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Annotated, Any, ClassVar

import pytest

from audsync.connector_checks import (
    check_class,
    check_key_rules,
    check_name,
    check_options,
    check_secrets,
    check_shape,
    check_sink,
    check_source,
    option_rows,
)
from audsync.contracts import Capabilities, Form, KeyRule, Operation, Sink, Source
from audsync.identity.digests import as_they_are, digest, digest_all
from audsync.tables import Kind
from audsync.testing.memory_sink import KEY_RULES, MemorySink
from audsync.testing.memory_source import MemorySource
from audsync_sink_google import GoogleOptions

Column = Sequence[str | None]


@pytest.mark.parametrize(
    ("name", "is_right"),
    [
        ("acme", True),
        ("google_customer_match", True),
        ("a-b", True),
        ("A", False),
        ("a b", False),
        ("-a", False),
        ("", False),
        ("a" * 40, True),
        ("a" * 41, False),
    ],
)
def test_a_name_can_be_written_as_a_type(name: str, *, is_right: bool) -> None:
    assert (list(check_name(name)) == []) is is_right


@dataclass(frozen=True)
class Right:
    url: Annotated[str, "Address."]
    api_key: Annotated[str, "Key."] = field(default="", repr=False)


@dataclass(frozen=True)
class Mute:
    url: str


@dataclass(frozen=True)
class Open:
    api_key: Annotated[str, "Key."]


@dataclass
class Loose:
    url: Annotated[str, "Address."]


@dataclass(frozen=True)
class Unknown:
    url: "Nowhere"  # type: ignore[name-defined]  # noqa: F821 -- what is tested


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Right, None),
        (Mute, 'option "url" has no meaning'),
        (Open, 'option "api_key" would show a secret'),
        (Loose, "the options can be changed"),
        (Unknown, "the options cannot be read (NameError)"),
    ],
)
def test_options_are_typed_explained_and_discreet(options: type, message: str | None) -> None:
    assert [one.message for one in check_options(options)] == ([message] if message else [])


def test_options_are_listed_with_their_meaning() -> None:
    assert option_rows(Right)[0] == {
        "key": "url",
        "type": "str",
        "required": True,
        "default": "",
        "meaning": "Address.",
    }


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ((), None),
        (("google_refresh_token", "key2"), None),
        ("google_refresh_token", "the options' secrets are no names"),
        (None, "the options' secrets are no names"),
        (("Token",), "the options' secrets name 'Token'"),
        (("a-b",), "the options' secrets name 'a-b'"),
        ((7,), "the options' secrets name 7"),
    ],
)
def test_secrets_that_options_name_have_names_of_secrets(
    named: object, message: str | None
) -> None:
    class Named:
        secrets = named

    assert [one.message for one in check_secrets(Named())] == ([message] if message else [])
    assert list(check_secrets(object())) == []


@pytest.mark.parametrize("credentials", ["user", "service_account", "application_default"])
def test_the_secrets_of_built_in_options_are_named_right(credentials: str) -> None:
    options = GoogleOptions(account="1", client_id="c", credentials=credentials)  # type: ignore[arg-type]  # one of the three
    assert list(check_secrets(options)) == []


class Halfway:
    Options: ClassVar[type] = Right

    def check(self, much: int) -> int:
        return much

    def open(self, spec: object, remote_id: str | None) -> None:
        """Right."""


def test_a_class_has_the_methods_of_its_protocol() -> None:
    assert list(check_class(MemorySink, Sink)) == []
    assert list(check_class(MemorySource, Source)) == []
    assert [one.message for one in check_class(Halfway, Sink)] == [
        "Halfway is not made of options and a context",
        "Halfway.check does not take nothing",
        "Halfway has no method erase",
        "Halfway has no method send",
        "Halfway has no method settle",
    ]


@pytest.mark.parametrize(
    ("made", "messages"),
    [
        (MemorySource(), []),
        (MemorySink(), []),
        (
            SimpleNamespace(pull=print, provides=["customers.email"], params=None),
            ["provides is no set of texts", "params is no mapping"],
        ),
        (SimpleNamespace(pull=print, provides={7}, params={}), ["provides is no set of texts"]),
        (
            SimpleNamespace(capabilities={"max_batch": 5}, key_rules={"email": digest_all}),
            [
                "capabilities is no Capabilities of audsync.contracts",
                "key_rules is no mapping of names to KeyRule of audsync.contracts",
            ],
        ),
    ],
)
def test_what_a_connector_says_of_itself_has_the_types_of_its_protocol(
    made: object, messages: list[str]
) -> None:
    assert [one.message for one in check_shape(made)] == messages


def test_what_is_of_another_type_is_all_that_is_told_of_an_instance() -> None:
    odd: Any = SimpleNamespace(capabilities=None, key_rules={})
    wrong = ["capabilities is no Capabilities of audsync.contracts"]
    assert [one.message for one in check_sink(odd)] == wrong
    source: Any = SimpleNamespace(pull=print, provides=[], params={})
    assert [one.message for one in check_source(source)] == ["provides is no set of texts"]


def test_a_class_is_made_of_options_and_a_context() -> None:
    class Lonely(MemorySource):
        def __init__(self) -> None:
            super().__init__()

    assert [one.message for one in check_class(Lonely, Source)] == [
        "Lonely is not made of options and a context"
    ]


def test_a_source_provides_columns_that_there_are() -> None:
    class Odd(MemorySource):
        @property
        def provides(self) -> frozenset[str]:
            return frozenset({"customers.email", "customers.param.x", "customers.shoe", "x.y"})

    odd = Odd(params={"customers.param.x": Kind.TEXT, "nowhere.param.y": Kind.TEXT})
    assert [one.message for one in check_source(odd)] == [
        'provides "customers.shoe", which is no column of a table',
        'provides "x.y", which is no column of a table',
        'params has "nowhere.param.y"',
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"operations": frozenset({Operation.ADD})}, "operations lacks add or remove"),
        ({"gapless_replace": True}, "gapless_replace without the operation replace"),
        ({"max_batch": 0}, "max_batch is less than 1"),
        ({"audiences_per_send": 0}, "audiences_per_send is less than 1"),
        ({"settles_after": timedelta()}, "settles_after is no time to come"),
        ({"membership_days": 0}, "membership_days is less than 1"),
        ({"min_size_to_remove": -1}, "min_size_to_remove is negative"),
        ({"purposes": frozenset()}, "purposes is empty"),
    ],
)
def test_capabilities_make_sense(change: Mapping[str, object], message: str) -> None:
    class Odd(MemorySink):
        @property
        def capabilities(self) -> Capabilities:
            return replace(super().capabilities, **change)  # type: ignore[arg-type]  # as listed

    assert list(check_sink(MemorySink())) == []
    assert [one.message for one in check_sink(Odd())] == [f"capabilities: {message}"]


def test_whoever_takes_several_audiences_at_once_has_the_method_for_it() -> None:
    class Odd(MemorySink):
        send_together = None  # type: ignore[assignment]  # the point of the test

    assert list(check_sink(Odd())) == []
    assert [one.message for one in check_sink(Odd(offers_all=True))] == [
        "capabilities: audiences_per_send without a method send_together"
    ]


def counting() -> Callable[[Column], Column]:
    calls = iter(range(10**6))
    return lambda values: [value and digest(f"{next(calls)}") for value in values]


def emptied(values: Column) -> Column:
    made = digest_all(values)
    values.clear()  # type: ignore[attr-defined]  # what it must not do
    return made


def strict(values: Column) -> Column:
    if any(value and "@" not in value for value in values):
        raise ValueError("no address")
    return digest_all(values)


EMAIL = KEY_RULES["email"]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (EMAIL, None),
        (replace(EMAIL, inputs=("shoe",)), "key email: takes shoe"),
        (replace(EMAIL, inputs=()), "key email: takes nothing"),
        (replace(EMAIL, version=0), "key email: its version is less than 1"),
        (replace(EMAIL, form=Form.PERSONAL), "key email: text of a person may not leave"),
        (replace(EMAIL, form=Form.PLAIN), "key email: a plain field identifies nobody"),
        (replace(EMAIL, identifies=False), "no key rule identifies a person"),
        (replace(EMAIL, apply=counting()), "key email: not the same for the same input"),
        (replace(EMAIL, apply=emptied), "key email: changes the lists it is given"),
        (replace(EMAIL, apply=strict), "key email: raises ValueError for odd data"),
        (replace(EMAIL, apply=as_they_are), "key email: 10 of 12 are no SHA-256 digests"),
        (replace(EMAIL, apply=lambda _values: []), "key email: raises"),
        (replace(EMAIL, apply=lambda values: [digest(v or "") for v in values]), "key email: "),
    ],
)
def test_key_rules_are_pure_total_and_of_the_form_they_say(
    rule: KeyRule, message: str | None
) -> None:
    found = [one.message for one in check_key_rules({"email": rule}, stays_local=False)]
    assert len(found) == (message is not None)
    assert message is None or found[0].startswith(message)


@pytest.mark.parametrize(
    ("further", "is_right"),
    [
        (replace(EMAIL, place=2), True),
        (replace(EMAIL, place=3), False),  # there is no second
        (replace(EMAIL, place=0), False),
        (replace(EMAIL, place=2, version=2), False),  # made otherwise than the first
        (replace(EMAIL, place=2, inputs=("first_name",)), False),
        (replace(EMAIL, place=2, identifies=False), False),
    ],
)
def test_further_places_are_of_what_a_person_has_several_of(
    further: KeyRule,
    is_right: bool,  # noqa: FBT001 -- a case of a table
) -> None:
    rules = {"email": EMAIL, "further": further}
    found = [one.message for one in check_key_rules(rules, stays_local=False)]
    place = f"key further: place {further.place} of nothing that a person has several of"
    assert found == ([] if is_right else [place])
