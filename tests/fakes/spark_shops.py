"""Shops in warehouse files, and what an engine answers about them: model, segments, gate."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from audsync.config import load_config
from audsync.consent import ConsentRule, gate, refusing
from audsync.contracts import Purpose
from audsync.eligibility import nobody
from audsync.engine import Engine
from audsync.identity.postcodes import Place, Places
from audsync.match_keys import FURTHER
from audsync.model import ModelInput, ModelReport, build_clients
from audsync.model.analyses import EVERY_ANALYSIS
from audsync.model.settings import ModelSettings
from audsync.run.further_contacts import FURTHER_PLACES, keep_further_places
from audsync.segments import Segment, evaluate, load_segments
from audsync.tables import Kind
from audsync.warehouse import Warehouse
from benchmarks import ours, shop
from command import audsync

# Somewhere in each country, by the first digit of a postcode.
PLACES = Places(
    {
        (country, str(digit)): Place(f"District {digit}", f"{country}-{digit}")
        for country in ("CZ", "PL", "SK")
        for digit in range(1, 10)
    }
)
ROOT = Path(__file__).parents[2]
# A tenth of the customers have accounts with addresses and numbers besides; of the mailboxes at
# Gmail some are those of several, in other spellings.
_MORE_ACCOUNTS = """
CREATE TEMP TABLE more AS
SELECT a.client_id, n.mark || a.customer_id AS customer_id, n.number
FROM main.account_clients AS a, (VALUES ('s', '+4206'), ('t', '+4207')) AS n(mark, number)
WHERE a.customer_id LIKE '%7';
INSERT INTO main.account_clients SELECT m.customer_id, m.client_id FROM more AS m;
INSERT INTO main.customers BY NAME
SELECT
    m.customer_id,
    CASE WHEN m.customer_id LIKE 's%' THEN m.customer_id || '@example.com'
    ELSE 'b.' || right(m.customer_id, 3) || '+' || m.customer_id || '@gmail.com'
    END AS email_normal,
    m.number || right(m.customer_id, 8) AS phone_e164
FROM more AS m;
DROP TABLE more;
"""


@dataclass(frozen=True)
class Question:
    """A shop's file, and all that a model, its segments and the gate are asked with."""

    file: Path
    timezone: str
    currency: str
    as_of: date
    settings: ModelSettings
    rule: ConsentRule
    segments: Sequence[Segment]
    provided: frozenset[str]
    params: dict[str, Kind]


@dataclass(frozen=True)
class Answer:
    """What came out, in an order of its own; `report` has the model's counts."""

    clients: pa.Table
    membership: pa.Table
    consented: pa.Table
    refused: pa.Table
    further: pa.Table
    report: ModelReport

    def differences(self, other: "Answer") -> list[str]:
        """Names of the tables and columns that are not equal to the last value and type."""
        found = [] if self.report == other.report else ["report"]
        for name in ("clients", "membership", "consented", "refused", "further"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine.schema != theirs.schema or mine.num_rows != theirs.num_rows:
                found.append(name)
                continue
            found += [
                f"{name}.{column}"
                for column in mine.column_names
                if not mine[column].equals(theirs[column])
            ]
        return found


def answer(engine: Engine, asked: Question) -> Answer:
    """Everything that a run would take from the engine."""
    report = build_clients(
        engine,
        asked.settings,
        ModelInput(
            currency=asked.currency,
            rates={},
            provided=asked.provided,
            params=asked.params,
            country="CZ",
        ),
        as_of=asked.as_of,
        analyses=EVERY_ANALYSIS,
        places=PLACES,
    )
    evaluate(asked.segments, engine, as_of=asked.as_of, currency=asked.currency)
    verdict = gate(
        engine, Purpose.ADVERTISING, asked.rule, provided=asked.provided, excluded=nobody()
    )
    refused = refusing(engine, Purpose.ADVERTISING, asked.rule, provided=asked.provided)
    keep_further_places(engine, FURTHER, refused)
    return Answer(
        engine.fetch("SELECT * FROM clients ORDER BY client_id"),
        engine.fetch(
            "SELECT segment_id, client_id FROM membership ORDER BY segment_id, client_id"
        ),
        verdict.consented.clients,
        verdict.refused,
        engine.fetch(f"SELECT * FROM {FURTHER_PLACES} ORDER BY client_id"),
        report,
    )


def online_retail(folder: Path, data: Path) -> Question:
    """The whole Online Retail data with the demo's configuration, pulled."""
    here = folder / "online-retail"
    demo = ROOT / "examples" / "demo"
    shutil.copytree(demo, here, ignore=shutil.ignore_patterns("state", "out", "feeds"))
    (here / "feeds").mkdir()
    for name in ("orders.csv.gz", "customers.csv"):
        shutil.copy(data / name, here / "feeds" / name)
    done = audsync("pull", "--quiet", cwd=here)
    assert done.returncode == 0, done.stderr
    settings = load_config(here / "config.toml").shops["demo"]
    file = here / "state" / "demo" / "warehouse.duckdb"
    with Warehouse(file, timezone=settings.timezone) as warehouse:
        provided, params = warehouse.provided, dict(warehouse.params)
    return Question(
        file,
        settings.timezone,
        settings.currency,
        date(2011, 12, 10),
        settings.model,
        settings.consent[Purpose.ADVERTISING],
        load_segments(here / "segments", shown_from=here).for_shop("demo"),
        provided,
        params,
    )


def invented(folder: Path, *, lines: int) -> Question:
    """The shop of the benchmarks, of so many order lines."""
    shop.generate(folder / "rows", lines=lines)
    file = folder / "invented" / "warehouse.duckdb"
    with Warehouse(file, timezone=shop.TIMEZONE) as warehouse:
        shop.fill_warehouse(warehouse, folder / "rows")
        warehouse.engine.execute(_MORE_ACCOUNTS)
    shutil.rmtree(folder / "rows")
    return Question(
        file,
        shop.TIMEZONE,
        shop.CURRENCY,
        shop.AS_OF,
        ModelSettings(),
        ConsentRule("ad_consent", ("yes",)),
        list(ours.read_segments().values()),
        shop.PROVIDED,
        {},
    )
