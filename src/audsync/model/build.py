"""Builds the Clients model: the steps of `sql/`, told in order.

The text is the same for every engine; `docs/reference/clients.md` defines what comes out. Each
step is a temporary table that goes when its last reader is done.
"""

from calendar import isleap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from audsync.identity.hiding import Identities
from audsync.identity.postcodes import Places
from audsync.identity.resolve import MAX_ACCOUNTS
from audsync.model.affluence import client_affluence
from audsync.model.analyses import Analysis, drop, kept, leave_out, shown
from audsync.model.bands import client_bands
from audsync.model.catalogue import paths, spellings
from audsync.model.checks import check_money, check_rates, check_settings
from audsync.model.derived import prepare
from audsync.model.favorites import client_favorites
from audsync.model.parts import Part, client_parts, order_parts, parts_of, show_facts
from audsync.model.rates import Rate, exact_rates
from audsync.model.report import ModelReport, ReturnCounts
from audsync.model.scores import client_scores
from audsync.model.settings import (
    LeapDay,
    ModelSettings,
    Monetary,
    OrderDate,
)
from audsync.model.stages import Stages
from audsync.model.tally import Scores, tally, tally_fates, tally_orders, tally_returns
from audsync.model.values import client_values
from audsync.sql_text import identifier, literal, literals
from audsync.tables import PARAM_PREFIX, Kind

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.engine import Engine

_KEPT_ON = {LeapDay.FEBRUARY_28: 228, LeapDay.MARCH_1: 301}
_ANY_AGE = 1_000_000  # days; more than between any two dates of an order


@dataclass(frozen=True, slots=True)
class ModelInput:
    """What must be known of a shop's tables to read them.

    `currency` is the shop's, `rates` are units of it for one unit of another, `provided` and
    `params` say what the source fills, by `table.column`. Where `identities` are hashed,
    pseudonyms stand in the place of normal forms. `country` is the shop's, for clients without
    one.
    """

    currency: str
    rates: Mapping[str, Decimal]
    provided: frozenset[str]
    params: Mapping[str, Kind]
    identities: Identities = Identities.STORED
    country: str = ""


def build_clients(
    engine: "Engine",
    settings: ModelSettings,
    given: ModelInput,
    *,
    as_of: date,
    analyses: Collection[Analysis] = (),
    places: Places | None = None,
) -> ModelReport:
    """Leave `clients` and the facts below in the engine, as of the end of the day `as_of`.

    Reads every table of `audsync.tables` with all its declared columns, the normal forms of
    identifiers in those of people, identity_facts(kind, value, fact, text),
    account_clients(customer_id, client_id), which also has the accounts that only orders name,
    and order_clients(order_id, client_id).
    `as_of` is a day in the shop's zone. Pseudonyms of clients, where identities are hashed, are
    left in client_pseudonyms. The columns of an analysis that is not among `analyses` are null.
    `places` say where postcodes lie.

    Facts: counted_orders, counted_lines, product_facts, client_brands, client_categories,
    client_products, visit_views, known_identifiers, further_contacts; the header of their step
    in `sql/` has grain and columns. All but `product_facts` and `visit_views` are views,
    `clients` too.

    Raises ConfigError for settings that the data cannot answer, an order that would count in a
    currency without a rate among them. Building again replaces everything.
    """
    check_settings(settings)
    check_money(settings.money, given.provided)
    stages = _begin(engine, settings, given, as_of, analyses)
    _people(stages)
    _orders(stages, given.identities)
    prepare(stages, analyses, given.identities, as_of)
    check_rates(_missing_rates(stages), given.currency)
    fates = tally_fates(stages)
    stages.drop("dated_orders")
    _catalogue(stages)
    returns = _purchases(stages)
    parts = parts_of(stages)
    order_parts(stages, parts)
    orders = tally_orders(stages, fates)
    leave_out(stages, analyses)
    if Analysis.FAVORITES in analyses:
        client_favorites(stages, parts)
    stages.drop("ranked_orders", "order_sums", "bare_orders")
    scores = _scores(stages, parts, settings, given.currency, as_of, analyses)
    _events(stages, given.provided)
    client_parts(stages, parts, analyses, places or Places())
    show_facts(stages)
    _further(stages, given.identities)
    report = tally(stages, orders, returns, scores, currency=given.currency)
    stages.drop(*_NOT_KEPT)
    drop(stages)
    return report


# What only the last steps read; the rest stays, since the views read it.
_NOT_KEPT = (
    "account_numbers", "shared_clients", "merged_accounts", "contact_values", "born_ages",
    "rfm_scores", "level_names", "product_line_names", "shop_rates",
    "client_visits", "client_messages",
)  # fmt: skip


def _begin(
    engine: "Engine",
    settings: ModelSettings,
    given: ModelInput,
    as_of: date,
    analyses: Collection[Analysis],
) -> Stages:
    """The engine with what fills the placeholders of every step, and the rates."""
    rates = exact_rates(given.rates, given.currency)
    values = {**_values(settings, given, as_of), **shown(analyses)}
    params = {table: _params_of(table, given.params) for table in ("customers", "products")}
    stages = Stages(engine, values, {**params, **kept(analyses)})
    stages.register("shop_rates", _rate_table(rates))
    return stages


def _people(stages: Stages) -> None:
    """Who the clients are, and what their accounts say."""
    stages.run("client_numbers", "account_numbers", "shared_clients")
    stages.show("accounts")
    stages.run("merged_accounts")


def _orders(stages: Stages, identities: Identities) -> None:
    """Orders dated and ranked; then how clients are reached, for which orders speak too."""
    stages.run("dated_orders", "ranked_orders")
    stages.show("contacts")
    stages.run("contact_wordings", "contact_values", "born_ages")
    stages.drop("contact_wordings")
    match identities:
        case Identities.STORED:
            stages.show_for("stored_identities", into="identities")
        case Identities.HASHED:
            stages.show_for("hidden_identities", into="identities")
            stages.run("client_pseudonyms")


def _catalogue(stages: Stages) -> None:
    """Codes and spellings of brands and categories, then products by number."""
    for column in ("brand", "product_line"):
        found = spellings(_stated(stages, column))
        stages.register(f"{column}_codes", found.codes)
        stages.register(f"{column}_names", found.names)
    categories = paths(_stated(stages, "category"))
    stages.register("path_codes", categories.codes)
    stages.register("path_names", categories.names)
    stages.register("upper_paths", categories.upper)
    stages.register("path_lists", categories.lists)
    stages.register("level_names", categories.levels)
    stages.run("stated_products", "complete_products", "product_facts", "bought_products")
    stages.drop("stated_products", "complete_products")
    stages.drop("brand_codes", "product_line_codes", "path_codes")


def _purchases(stages: Stages) -> ReturnCounts:
    """What was bought and stayed bought, line by line and order by order."""
    stages.run("due_returns", "returnable_goods", "attached_returns", "returned_units")
    stages.run("returned_lines", "frequent_clients", "purchases")
    returns = tally_returns(stages)
    stages.drop("due_returns", "returnable_goods", "attached_returns", "returned_units")
    stages.drop("returned_lines")
    stages.run("order_sums", "bare_orders")
    return returns


def _scores(
    stages: Stages,
    parts: Sequence[Part],
    settings: ModelSettings,
    currency: str,
    as_of: date,
    analyses: Collection[Analysis],
) -> Scores:
    """How clients compare: by RFM, and by those of the analyses that are asked for."""
    rfm = client_scores(stages, settings.rfm, currency)
    value = bands = affluence = None
    if Analysis.VALUE in analyses:
        value = client_values(stages, parts, settings.clv, as_of)
    if Analysis.BANDS in analyses:
        bands = client_bands(stages, settings.bands)
    if Analysis.AFFLUENCE in analyses:
        affluence = client_affluence(stages, parts, settings.affluence)
    return Scores(rfm, value, bands, affluence)


def _events(stages: Stages, provided: frozenset[str]) -> None:
    """What clients looked at and were written, where the source tells."""
    stages.show("known_identifiers")
    for step, table in (("visit_views", "visits"), ("client_messages", "messages")):
        if any(name.startswith(f"{table}.") for name in provided):
            stages.run(step)
        else:
            stages.register(step, _no_events(step))
    stages.run("client_visits")


def _further(stages: Stages, identities: Identities) -> None:
    """What clients can be reached by besides the latest address and number."""
    is_stored = identities is Identities.STORED
    stages.show_for(
        "further_contacts",
        into="further_contacts",
        latest="clients" if is_stored else "client_pseudonyms",
        most_accounts=MAX_ACCOUNTS,
    )


def _stated(stages: Stages, column: str) -> "pa.Table":
    """Distinct texts of a column of the catalogue, with the number of products of each."""
    name = identifier(column)
    return stages.fetch(
        f"SELECT p.{name} AS value, count(*) AS products FROM products AS p "
        f"WHERE p.{name} IS NOT NULL GROUP BY p.{name}"
    )


def _values(settings: ModelSettings, given: ModelInput, as_of: date) -> dict[str, str]:
    """SQL text of each placeholder."""
    window = settings.rfm.window_days
    money = settings.money
    by_creation = settings.order_date is OrderDate.CREATED
    return {
        "as_of": literal(as_of),
        "year": literal(as_of.year),
        "month_day": literal(100 * as_of.month + as_of.day),
        "leap_birthday": literal(229 if isleap(as_of.year) else _KEPT_ON[settings.leap_day]),
        "country": literal(given.country),
        "currency": literal(given.currency),
        "counted_status": literals(settings.counted_status),
        "order_moment": (
            "o.created_at" if by_creation else "coalesce(o.finished_at, o.created_at)"
        ),
        "line_value": identifier(f"{money}_minor"),
        "line_unit_price": identifier(f"unit_{money}_minor"),
        "order_total": identifier(f"total_{money}_minor"),
        "order_shipping": identifier(f"shipping_{money}_minor"),
        "order_refunded": identifier(f"refunded_{money}_minor"),
        "lines_have_values": literal(f"order_lines.{money}_minor" in given.provided),
        "has_visits": literal("visits.visited_at" in given.provided),
        "rfm_days": literal(_ANY_AGE if window is None else window),
        "monetary_is_total": literal(settings.rfm.monetary is Monetary.TOTAL),
    }


def _params_of(table: str, params: Mapping[str, Kind]) -> list[str]:
    prefix = f"{table}.{PARAM_PREFIX}"
    return [
        name.removeprefix(f"{table}.") for name in sorted(params) if name.startswith(prefix)
    ]


def _missing_rates(stages: Stages) -> dict[str, int]:
    rows = stages.fetch(
        "SELECT d.currency, count(*) AS orders FROM dated_orders AS d "
        "LEFT JOIN shop_rates AS r ON r.currency = d.currency "
        "WHERE d.fate IS NULL AND d.currency <> {currency} AND r.currency IS NULL "
        "GROUP BY d.currency ORDER BY d.currency"
    )
    return {str(row["currency"]): int(row["orders"]) for row in rows.to_pylist()}


def _rate_table(rates: Mapping[str, Rate]) -> "pa.Table":
    import pyarrow as pa

    columns = {
        name: pa.array([getattr(rate, name) for rate in rates.values()], pa.int64())
        for name in ("whole", "part", "denominator")
    }
    return pa.table({"currency": pa.array(rates.keys(), pa.string()), **columns})


def _no_events(step: str) -> "pa.Table":
    import pyarrow as pa

    days = ("last_email_delivered", "last_email_opened", "last_email_clicked", "last_sms_sent")
    columns: dict[str, dict[str, pa.DataType]] = {
        "visit_views": {
            "visit": pa.string(),
            "visited_on": pa.date32(),
            "article": pa.int32(),
        },
        "client_messages": dict.fromkeys(days, pa.date32()),
    }
    return pa.schema({"client": pa.int32(), **columns[step]}).empty_table()
