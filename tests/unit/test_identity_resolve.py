"""Who is one client, rule by rule of docs/reference/clients.md."""

from hashlib import sha256

import pyarrow as pa

from audsync.identity.resolve import Resolution, resolve

Account = tuple[str, str | None, str | None]
Order = tuple[str, str | None, str | None, str | None]
IDENTIFIERS = ("customer_id", "email_normal", "phone_e164")


def _table(rows: list[tuple[str | None, ...]], names: tuple[str, ...]) -> pa.Table:
    return pa.table(
        {
            name: pa.array([row[place] for row in rows], pa.string())
            for place, name in enumerate(names)
        }
    )


def _resolve(accounts: list[Account], orders: list[Order]) -> Resolution:
    return resolve(
        _table([*accounts], IDENTIFIERS), _table([*orders], ("order_id", *IDENTIFIERS))
    )


def _clients(accounts: list[Account], orders: list[Order]) -> dict[str, str]:
    """The client of each customer id and each order id."""
    resolution = _resolve(accounts, orders)
    whose = resolution.accounts.to_pylist() + resolution.orders.to_pylist()
    return {row.get("customer_id") or row["order_id"]: row["client_id"] for row in whose}


def _guest(identifier: str) -> str:
    return "g-" + sha256(identifier.encode()).hexdigest()[:16]


ANNA, EVA = "anna@example.com", "eva@example.com"
PHONE, OTHER = "+442079460018", "+442079460019"


def test_one_person_under_two_accounts_is_one_client() -> None:
    assert _clients([("10", ANNA, None), ("9", ANNA, None)], []) == {"10": "9", "9": "9"}


def test_a_guest_order_belongs_to_the_account_with_its_address() -> None:
    assert _clients([("7", ANNA, None)], [("o1", None, ANNA, None)])["o1"] == "7"


def test_an_order_that_names_an_account_belongs_to_it_whatever_else_it_says() -> None:
    whose = _clients([("7", ANNA, None), ("8", EVA, None)], [("o1", "7", None, None)])
    assert whose["o1"] == "7"


def test_an_order_ties_its_account_to_its_address() -> None:
    orders: list[Order] = [("o1", "7", EVA, None), ("o2", None, EVA, None)]
    assert _clients([("7", ANNA, None)], orders) == {"7": "7", "o1": "7", "o2": "7"}


def test_an_account_that_only_orders_name_is_a_client() -> None:
    assert _clients([], [("o1", "7", None, None)]) == {"7": "7", "o1": "7"}


def test_a_guest_order_with_neither_address_nor_phone_belongs_to_nobody() -> None:
    resolution = _resolve([], [("o1", None, None, None), ("o2", "", "", "")])
    assert resolution.orders.num_rows == 0
    assert resolution.counts["anonymous_orders"] == 2
    assert resolution.counts["clients"] == 0


def test_a_guest_is_named_by_address_and_without_one_by_phone() -> None:
    orders: list[Order] = [
        ("o1", None, ANNA, PHONE),
        ("o2", None, ANNA, None),
        ("o3", None, None, OTHER),
    ]
    assert _clients([], orders) == {
        "o1": _guest(ANNA),
        "o2": _guest(ANNA),
        "o3": _guest(OTHER),
    }


def test_the_shorter_customer_id_names_the_client_then_the_smaller() -> None:
    ids = ["b1", "a2", "100", "A2"]
    whose = _clients([(name, ANNA, None) for name in ids], [])
    assert set(whose.values()) == {"A2"}


def test_length_and_order_of_customer_ids_go_by_code_points() -> None:
    # Two characters each; in UTF-16 the second would be the longer and the smaller one.
    whose = _clients([("\uffee1", ANNA, None), ("\U0001f4001", ANNA, None)], [])
    assert set(whose.values()) == {"\uffee1"}


def test_a_phone_joins_a_guest_without_address_to_the_account_that_has_it() -> None:
    whose = _clients([("7", ANNA, PHONE)], [("o1", None, None, PHONE)])
    assert whose["o1"] == "7"


def test_a_household_of_two_stays_two() -> None:
    accounts: list[Account] = [("7", ANNA, PHONE), ("8", EVA, PHONE)]
    resolution = _resolve(accounts, [])
    assert _clients(accounts, []) == {"7": "7", "8": "8"}
    assert resolution.counts["households"] == 1
    assert resolution.counts["joined_by_phone"] == 0


def test_a_guest_with_the_phone_of_a_household_belongs_to_neither() -> None:
    accounts: list[Account] = [("7", ANNA, PHONE), ("8", EVA, PHONE)]
    whose = _clients(accounts, [("o1", None, None, PHONE), ("o2", None, None, PHONE)])
    assert whose["o1"] == whose["o2"] == _guest(PHONE)


def test_a_chain_of_phones_that_ends_at_two_addresses_joins_none_of_its_groups() -> None:
    accounts: list[Account] = [
        ("1", ANNA, PHONE),
        ("2", None, PHONE),
        ("2", None, OTHER),
        ("3", EVA, OTHER),
    ]
    assert _clients(accounts, []) == {"1": "1", "2": "2", "3": "3"}


def test_a_chain_of_phones_with_one_address_joins_all_of_its_groups() -> None:
    accounts: list[Account] = [
        ("1", ANNA, PHONE),
        ("2", None, PHONE),
        ("2", None, OTHER),
        ("3", None, OTHER),
    ]
    assert set(_clients(accounts, []).values()) == {"1"}


def test_two_accounts_of_one_person_count_as_one_group_for_a_phone() -> None:
    accounts: list[Account] = [("1", ANNA, None), ("2", ANNA, PHONE), ("3", None, PHONE)]
    assert set(_clients(accounts, []).values()) == {"1"}


def test_an_address_on_five_accounts_joins_them_and_on_six_none() -> None:
    five: list[Account] = [(str(number), ANNA, None) for number in range(5)]
    assert set(_clients(five, []).values()) == {"0"}
    six: list[Account] = [*five, ("5", ANNA, None)]
    assert len(set(_clients(six, []).values())) == 6
    assert _resolve(six, []).counts["refused_shared_email"] == 1


def test_one_account_named_by_many_rows_is_one_account() -> None:
    orders: list[Order] = [(f"o{number}", "7", ANNA, None) for number in range(9)]
    assert set(_clients([("7", ANNA, None), ("8", ANNA, None)], orders).values()) == {"7"}


def test_accounts_that_only_orders_tie_to_an_address_count_as_well() -> None:
    orders: list[Order] = [(f"o{number}", str(number), ANNA, None) for number in range(6)]
    assert len(set(_clients([], orders).values())) == 6


def test_guests_under_an_address_of_too_many_accounts_belong_to_none_of_them() -> None:
    accounts: list[Account] = [(str(number), ANNA, None) for number in range(6)]
    whose = _clients(accounts, [("o1", None, ANNA, None), ("o2", None, ANNA, None)])
    assert whose["o1"] == whose["o2"] == _guest(ANNA)


def test_an_address_of_too_many_accounts_does_not_chain_phones() -> None:
    accounts: list[Account] = [(str(number), ANNA, None) for number in range(6)]
    accounts += [("70", None, PHONE), ("80", None, OTHER)]
    orders: list[Order] = [("o1", None, ANNA, PHONE), ("o2", None, ANNA, OTHER)]
    whose = _clients(accounts, orders)
    assert whose["o1"] == "70"
    assert whose["o2"] == "80"


def test_a_phone_on_five_accounts_joins_them_and_on_six_none() -> None:
    five: list[Account] = [(str(number), None, PHONE) for number in range(5)]
    assert set(_clients(five, []).values()) == {"0"}
    six: list[Account] = [*five, ("5", None, PHONE)]
    assert len(set(_clients(six, []).values())) == 6
    assert _resolve(six, []).counts["refused_shared_phone"] == 1


def test_the_counts_say_what_was_joined() -> None:
    accounts: list[Account] = [("1", ANNA, PHONE), ("2", ANNA, None), ("3", EVA, None)]
    orders: list[Order] = [
        ("o1", None, EVA, None),
        ("o2", None, None, PHONE),
        ("o3", None, None, None),
    ]
    assert _resolve(accounts, orders).counts == {
        "accounts": 3,
        "orders": 3,
        "anonymous_orders": 1,
        "clients": 2,
        "joined_by_email": 2,
        "joined_by_phone": 1,
        "refused_shared_email": 0,
        "refused_shared_phone": 0,
        "households": 0,
    }


def test_nothing_gives_nothing() -> None:
    resolution = _resolve([], [])
    assert resolution.accounts.num_rows == resolution.orders.num_rows == 0
