"""What is not known of the real API, or differs between panels: a switch for each reading."""

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class Quirks:
    """How this panel behaves; what is set first is what was seen, or the harder reading.

    May be changed while the panel is being read. Those that say what moves a date of change
    hold for what happens afterwards.
    """

    # What moves the dates that incremental reading goes by.
    payment_moves_order: bool = True
    return_moves_order: bool = False
    consent_moves_account: bool = False
    consent_moves_guest_date: bool = False  # or a guest keeps the date of being added

    # What searches and filters do.
    end_of_day: bool = False  # a day as the end of a range means 00:00:00, or 23:59:59
    end_is_inclusive: bool = True
    retail_by_default: bool = False  # a search without `orderType` finds retail orders only
    empty_is_fault: bool = True  # of returns, rma and side lists: 207, or 200 with no elements
    empty_has_counters: bool = False
    lists_need_a_filter: bool = True  # of returns and vouchers
    repeated_array: Literal["last", "first"] = "last"
    order_without_sort: Literal["shuffled", "serial"] = "shuffled"
    order_of_lists: int = 0  # another number, another order of all that cannot be sorted
    lists_deleted_clients: bool = False  # they stay, without consent, name and contact
    accounts_keep_yes: bool = False  # they show a yes of before after it was withdrawn
    lists_undecided: bool = True  # newsletter searches name accounts that never decided

    # How values are written; "mixed" is each form in turn.
    guests_have_ids: bool = True  # or the client id of their orders is 0, and no account listed
    invoice_words: Literal["live", "documented", "mixed"] = "mixed"
    no_dispatch: Literal["null", "zero", "empty", "zero_date", "mixed"] = "mixed"
    empty_map_is_list: bool = True
    newsletter_shops: Literal["map", "list"] = "map"
    sms_approval: Literal["letter", "date"] = "letter"
    crm_approval: Literal["letter", "boolean", "date"] = "letter"
    no_lines: Literal["null", "absent", "list"] = "null"
    counts_are_text: bool = True  # `results_number_all` of the snake dialect
    whole_amounts_are_ints: bool = True
    country_case: Literal["lower", "upper", "mixed"] = "mixed"
    guest_number: Literal["zero", "empty", "mixed"] = "mixed"  # of subscribers without account
    some_dates_missing: bool = False  # every tenth account shows no date of change or making
    birth_date_missing: Literal["zero", "empty", "null", "absent", "mixed"] = "mixed"
    source_name_missing: Literal["empty", "null"] = "empty"
    extra_fields: bool = False
    prices_after_rebate: bool = True  # unit prices have the rebate of the order in them
    costs_follow_settlement: bool = False  # costs of an order settled in net are net

    # The panel as a whole.
    is_blocked: bool = False  # for unpaid invoices
    is_overloaded: bool = False
    quota: int | None = None  # calls that are answered; further ones get 429
