"""One way of filling a Custom Audience of a fake Graph API, in a process of its own.

`python -m benchmarks.meta_upload WAY URL PEOPLE FOLDER` prints JSON: seconds from clients in
normal form to the last answer, of the clock and of computing, and the most memory held.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from audsync.eligibility import nobody
from audsync.testing.meta import ACCOUNT, APP_SECRET, TOKEN
from benchmarks.child import peak_bytes

TODAY: Final = date(2026, 11, 23)
BATCH: Final = 10_000
VERSION: Final = "v26.0"
# What Meta calls the columns of the clients.
SCHEMA: Final = {
    "EMAIL": "email",
    "PHONE": "phone",
    "FN": "first_name",
    "LN": "last_name",
    "ZIP": "zip",
    "CT": "city",
    "COUNTRY": "country",
}
Took = dict[str, float]
Seconds = dict[str, Took]


def audsync(url: str, people: Path, folder: Path) -> Seconds:
    """Keys, plan, journal, batches, receipts and member list; then a run without a change."""
    import pyarrow.parquet as pq

    # Loaded before the clock starts, as the packages of the other ways are.
    for name in ("audsync.deliver", "audsync.plan", "audsync_sink_meta.graph"):
        import_module(name)

    from audsync.contracts import Context
    from audsync.secrets import Secret
    from audsync.state import State
    from audsync_sink_meta import MetaOptions, MetaSink

    clients = pq.read_table(people)
    known = {"meta_token": TOKEN, "meta_app_secret": APP_SECRET}
    context = Context(
        *("shop", "Europe/Warsaw", "PL", "PLN"),
        folder,
        lambda text: folder / text,
        secret=lambda name: Secret(known[name]),
    )
    sink = MetaSink(MetaOptions(account=ACCOUNT, url=url), context)
    consented = _consented(clients)
    with State(folder / "shop") as state:
        return {
            "filled": _timed(partial(_run, state, sink, clients, consented, "first")),
            "unchanged": _timed(partial(_run, state, sink, clients, consented, "second")),
        }


def _timed(call: Callable[[], None]) -> Took:
    started, computed = time.perf_counter(), time.process_time()
    call()
    return {"wall": time.perf_counter() - started, "cpu": time.process_time() - computed}


def _consented(clients: Any) -> Any:
    """The gate's own answer, that everybody consented."""
    import pyarrow as pa

    from audsync.consent import ConsentRule, gate
    from audsync.contracts import Purpose
    from audsync.tables import CUSTOMERS, arrow_type
    from audsync.warehouse.engine import DuckEngine

    ids = clients["client_id"]
    said = pa.table({"customer_id": ids, "ad_consent": pa.repeat(pa.scalar("yes"), len(ids))})
    for column in CUSTOMERS.columns:
        if column.name not in said.column_names:
            nothing: Any = pa.nulls
            empty = nothing(len(ids), arrow_type(column.kind))
            said = said.append_column(column.name, empty)
    engine = DuckEngine.in_memory()
    engine.register("customers", said)
    engine.register("clients", clients.select(["client_id"]))
    engine.register("account_clients", pa.table({"customer_id": ids, "client_id": ids}))
    rule = ConsentRule("ad_consent", ("yes",))
    provided = frozenset({"customers.ad_consent"})
    return gate(engine, Purpose.ADVERTISING, rule, provided=provided, excluded=nobody())


def _run(state: Any, sink: Any, clients: Any, gate: Any, name: str) -> None:
    """What a run does from the clients of a segment on."""
    from audsync.audience_keys import AudienceKey
    from audsync.contracts import AudienceSpec
    from audsync.deliver import deliver, resume
    from audsync.guard_settings import GuardSettings
    from audsync.match_keys import match_keys, rules_version
    from audsync.plan import Limits, Population, Target, desired, matching_of, plan_audience

    resume(state, {"meta": sink}, run=name)
    keys = match_keys(sink.key_rules, clients)
    ids = clients.select(["client_id"])
    plan = plan_audience(
        Target(
            AudienceKey("shop", "all", "meta"),
            AudienceSpec("shop.all", "Everybody"),
            rules_version(sink.key_rules),
        ),
        desired=desired(gate.consented, ids, keys.rows, refused=gate.refused),
        delivered=state.delivered("shop.all.meta", TODAY),
        population=Population(gate.refused, ids),
        matching=matching_of(sink.capabilities.match, sink.key_rules),
        limits=Limits(GuardSettings(), consent_share=1.0),
    )
    del keys
    (result,) = deliver([plan], state, {"meta": sink}, run=name, as_of=TODAY)
    if result.failure is not None or result.rejected:
        raise RuntimeError(f"{result.failure}, rejected {result.rejected}")


def sdk(url: str, people: Path, folder: Path) -> Seconds:
    """The SDK's `add_users`, which makes normal forms and digests, ten thousand at a time."""
    import pyarrow.parquet as pq
    from facebook_business.adobjects.adaccount import AdAccount
    from facebook_business.adobjects.customaudience import CustomAudience
    from facebook_business.api import FacebookAdsApi
    from facebook_business.session import FacebookSession

    del folder
    session_class = type("Session", (FacebookSession,), {"GRAPH": url})
    api = FacebookAdsApi(session_class("1", APP_SECRET, TOKEN, timeout=(10, 120)))
    clients = pq.read_table(people)

    def fill() -> None:
        made = AdAccount(f"act_{ACCOUNT}", api=api).create_custom_audience(params=_settings())
        audience = CustomAudience(made["id"], api=api)
        for rows in _rows(clients):
            users = [[value or "" for value in row] for row in rows]
            audience.add_users(list(SCHEMA), users, is_raw=True)

    return {"filled": _timed(fill)}


def plain(url: str, people: Path, folder: Path) -> Seconds:
    """`requests` and `hashlib`, as one writes it by hand: lower case, digests, JSON."""
    import pyarrow.parquet as pq
    import requests

    del folder
    clients = pq.read_table(people)

    def fill() -> None:
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {TOKEN}"
            base = f"{url}/{VERSION}"
            made = session.post(
                f"{base}/act_{ACCOUNT}/customaudiences", json=_settings(), timeout=120
            ).json()["id"]
            for rows in _rows(clients):
                data = [
                    [
                        sha256(value.strip(" +").lower().encode()).hexdigest() if value else ""
                        for value in row
                    ]
                    for row in rows
                ]
                payload = {"schema": list(SCHEMA), "data": data}
                answer = session.post(
                    f"{base}/{made}/users", json={"payload": payload}, timeout=120
                )
                answer.raise_for_status()

    return {"filled": _timed(fill)}


def _settings() -> dict[str, str]:
    return {
        "name": "Everybody",
        "subtype": "CUSTOM",
        "customer_file_source": "USER_PROVIDED_ONLY",
    }


def _rows(clients: Any) -> Iterator[list[tuple[str | None, ...]]]:
    """The clients as tuples, a batch at a time."""
    for start in range(0, clients.num_rows, BATCH):
        part = clients.slice(start, BATCH)
        yield list(zip(*(part[name].to_pylist() for name in SCHEMA.values()), strict=True))


WAYS: Final = {"audsync": audsync, "sdk": sdk, "requests": plain}


def main(way: str, url: str, people: Path, folder: Path) -> None:
    """Fill an audience, and print what it took."""
    folder.mkdir(parents=True, exist_ok=True)
    seconds = WAYS[way](url, people, folder)
    print(json.dumps({"seconds": seconds, "peak_bytes": peak_bytes()}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
