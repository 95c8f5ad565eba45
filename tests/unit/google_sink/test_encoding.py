"""The bytes of members are those that protobuf writes of the same, message by message."""

import random
from typing import Any

import pyarrow as pa
import pytest
from google.ads import datamanager_v1 as dm
from google.ads.googleads.v26.services.types.offline_user_data_job_service import (
    AddOfflineUserDataJobOperationsRequest,
)

from audsync.identity.digests import digest
from audsync.identity.google_keys import google_rules
from audsync_sink_google import data_manager, google_ads
from audsync_sink_google.members import encoded, fields_of, identifiers, nameless

Row = dict[str, str | None]
EMAILS = ("email", "email_2", "email_3", "email_4")
PHONES = ("phone", "phone_2", "phone_3", "phone_4")
ADDRESS = ("first_name", "last_name", "country", "zip")
APIS: dict[str, tuple[Any, tuple[str, ...], tuple[str, ...]]] = {
    "data_manager": (dm.IngestAudienceMembersRequest, data_manager.PATH, data_manager.LEAVES),
    "google_ads": (
        AddOfflineUserDataJobOperationsRequest,
        ("operations", "create", "user_identifiers"),
        google_ads.LEAVES,
    ),
}


def drawn(seed: int, count: int) -> list[Row]:
    """People with some of the keys each; an address has all of its parts."""
    chance = random.Random(seed)  # noqa: S311 -- no secret
    rows: list[Row] = []
    for number in range(count):
        row: Row = {
            name: digest(f"{name} {number}") if chance.random() < 0.5 else None
            for name in (*EMAILS, *PHONES)
        }
        has_home = chance.random() < 0.5
        code = "1" * chance.randint(1, 12)
        home = (digest(f"first {number}"), digest(f"last {number}"), "CZ", code)
        row |= dict.fromkeys((*ADDRESS, "address"))
        if has_home:
            row |= {**dict(zip(ADDRESS, home, strict=True)), "address": digest(code)}
        rows.append(row)
    return rows


def written(
    request: Any, path: tuple[str, ...], leaves: tuple[str, ...], rows: list[Row]
) -> Any:
    """The request as it is filled field by field."""
    outer, middle, last = path
    email, phone, address, *parts = leaves
    for row in rows:
        person = getattr(getattr(request, outer).add(), middle)
        person.SetInParent()
        for kind, names in ((email, EMAILS), (phone, PHONES)):
            for name in filter(row.get, names):
                setattr(getattr(person, last).add(), kind, row[name])
        if row["address"]:
            home = getattr(getattr(person, last).add(), address)
            for part, name in zip(parts, ADDRESS, strict=True):
                setattr(home, part, row[name])
    return request


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("further", [True, False])
def test_members_are_encoded_as_protobuf_does_it(api: str, *, further: bool) -> None:
    message, path, leaves = APIS[api]
    rows = drawn(7, 300)
    if not further:
        rows = [{**row, **dict.fromkeys((*EMAILS[1:], *PHONES[1:]))} for row in rows]
    table = pa.table(
        {name: pa.array([row[name] for row in rows], pa.string()) for name in rows[0]}
    )
    empty = message.pb(message())
    found = encoded(table, fields_of(empty, path, leaves))
    wanted = written(empty, path, leaves, rows)
    assert found == wanted.SerializeToString()
    outer, middle, last = path
    sizes = [len(getattr(getattr(row, middle), last)) for row in getattr(wanted, outer)]
    assert identifiers(table).tolist() == sizes
    assert nameless(table) == [place for place, size in enumerate(sizes) if not size]


@pytest.mark.parametrize("per_person", [1, 2, 3, 4])
def test_a_member_never_has_more_identifiers_than_google_takes(per_person: int) -> None:
    rules = google_rules(("email", "phone", "address"), per_person=per_person)
    assert sum(rule.identifies for rule in rules.values()) == 2 * per_person + 1 <= 10
