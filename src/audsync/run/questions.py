"""What can be asked of one segment of a shop without changing anything."""

from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from audsync.config import Config, Shop
from audsync.contracts import Purpose
from audsync.errors import ConfigError, NotFoundError
from audsync.identity.hiding import Identities
from audsync.run.back_test import followed, remembered
from audsync.run.modelled import Modelled, modelled
from audsync.run.segment_sizes import REACHABLE
from audsync.segments import Segment, Segments, bucket_counts, explain
from audsync.sql_text import literal

if TYPE_CHECKING:
    import pyarrow as pa


def explain_segment(
    config: Config,
    segments: Segments,
    shop: Shop,
    segment: Segment,
    *,
    as_of: datetime,
    customer_id: str | None,
    until: date,
) -> dict[str, Any]:
    """How a segment narrows, line by line, down to the members who can be used and reached.

    With a customer id the same lines for that customer. Where `until` is a later day than
    `as_of`, also what the members of then did until that day. JSON values; no text of a person.
    """
    with modelled(config, segments, shop, as_of=as_of, wanted=[segment.id]) as here:
        _evaluate(here, segment)
        client = None if customer_id is None else _client(here, here.hidden_id(customer_id))
        explanation = explain(
            segment,
            here.engine,
            as_of=here.as_of,
            currency=shop.currency,
            leap_day=shop.model.leap_day,
            client_id=client,
            others=segments.for_shop(shop.id),
            answers=here.answers,
        )
        told = {**asdict(explanation), "customer_id": customer_id, **_funnel(here, segment)}
        told["buckets"] = bucket_counts(segment, here.engine)
        if segment.group is not None and told["funnel"]:
            outranked = explanation.members - sum(told["funnel"].values())
            told["funnel"] = {"in_one_of_higher_priority": outranked, **told["funnel"]}
        after = None
        if until > here.as_of and customer_id is None:
            # Builds another day's model, so that it comes last.
            after = followed(here, remembered(here, segment), until=until)
    return {**told, "as_of": as_of.date().isoformat(), "after": after}


def segment_clients(
    config: Config, segments: Segments, shop: Shop, segment: Segment, *, as_of: datetime
) -> "pa.Table":
    """All columns of `clients` for the members of a segment who consented to advertising."""
    with modelled(config, segments, shop, as_of=as_of, wanted=None) as here:
        _evaluate(here, segment)
        return _consenting(here, segment)


def segment_snapshot(
    config: Config, segments: Segments, shop: Shop, segment: Segment, *, as_of: datetime
) -> tuple["pa.Table", "pa.Table"]:
    """The members of a segment who consented, as `segment_clients`, and all who matched.

    The latter have `client_id` and `reason`, null for members. Raises ConfigError where the
    shop does not keep what a snapshot lists.
    """
    if shop.identities is not Identities.STORED:
        raise ConfigError(
            'a snapshot lists names and addresses, which identities = "hashed" does not keep; '
            f"for an upload: audsync export {segment.id} -o file.csv --for upload"
        )
    with modelled(config, segments, shop, as_of=as_of, wanted=[segment.id]) as here:
        _evaluate(here, segment)
        here.engine.register("refused", here.advertising.refused)
        matched = here.engine.fetch(
            "SELECT m.client_id, r.reason FROM membership m "
            "LEFT JOIN refused r ON r.client_id = m.client_id "
            f"WHERE m.segment_id = {literal(segment.id)} ORDER BY m.client_id"
        )
        return _consenting(here, segment), matched


def _consenting(here: Modelled, segment: Segment) -> "pa.Table":
    here.engine.register("consented", here.advertising.consented.clients)
    return here.engine.fetch(
        "SELECT c.* FROM clients c WHERE c.client_id IN (SELECT m.client_id "
        f"FROM membership m WHERE m.segment_id = {literal(segment.id)}) "
        "AND c.client_id IN (SELECT client_id FROM consented) ORDER BY c.client_id"
    )


def _evaluate(here: Modelled, segment: Segment) -> None:
    """Leave the members of the segment; raises why it has none to leave."""
    failures = here.evaluate([segment.id])
    if segment.id in failures:
        raise failures[segment.id]


def _client(here: Modelled, customer_id: str) -> str:
    found = here.engine.fetch(
        "SELECT client_id FROM account_clients WHERE customer_id = "
        f"{literal(customer_id)} UNION SELECT client_id FROM clients WHERE client_id = "
        f"{literal(customer_id)}"
    )
    if not found.num_rows:
        raise NotFoundError("no client has that customer id")
    return str(found["client_id"][0].as_py())


def _funnel(here: Modelled, segment: Segment) -> dict[str, Any]:
    """Members of the segment by what the gate says; nothing where the shop has no rule."""
    if Purpose.ADVERTISING not in here.shop.consent:
        return {"funnel": {}, "reachable": None}
    here.engine.register("refused", here.advertising.refused)
    rows = here.engine.fetch(
        "SELECT coalesce(r.reason, 'consented') AS reason, count(*) AS clients, "
        f"count(*) FILTER (WHERE {REACHABLE}) AS reachable "
        "FROM membership m JOIN clients c ON c.client_id = m.client_id "
        "LEFT JOIN refused r ON r.client_id = m.client_id "
        f"WHERE m.segment_id = {literal(segment.id)} GROUP BY 1 ORDER BY 1"
    ).to_pylist()
    reachable = sum(row["reachable"] for row in rows if row["reason"] == "consented")
    return {
        "funnel": {row["reason"]: row["clients"] for row in rows},
        "reachable": reachable,
    }
