"""Identities that are never written: pseudonyms in their place, and facts beside these.

What a shop with `[privacy] identities = "hashed"` puts into the columns of normal forms is
compared, merged and resolved as the forms themselves are, so that hardly anything else knows of
the two modes.
"""

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from audsync.contracts import KeyRule
from audsync.identity.facts import KINDS, OF_HIDDEN, Maker, fact_schema, facts_of
from audsync.identity.normal import NORMAL_COLUMNS, RAW_COLUMNS, add_normal_forms
from audsync.match_keys import is_looked_up, key_column
from audsync.tables import PRODUCTS, TABLES, has_people

if TYPE_CHECKING:
    import pyarrow as pa


class Identities(StrEnum):
    """What is kept of e-mail addresses, phone numbers and names."""

    STORED = "stored"
    HASHED = "hashed"


# An e-mail address anywhere in a text, as in a web address too. Arrow, DuckDB and Python read
# this pattern alike.
ADDRESS: Final = r"[^\s@](@|%40)[^\s@]+\.[^\s@]"
# Texts about goods; they join lines and the catalogue, and name nobody.
_ABOUT_GOODS: Final = frozenset({"product_id", "sku", "name"})
FAULT_COLUMNS: Final = tuple(f"fault_{name}" for name in RAW_COLUMNS)
_DIGITS: Final = 32  # 128 bits: no two of billions are alike
_PREFIX: Final = "hidden-"  # of what stands for a text that held an address
STANDS_FOR_TEXT: Final = f"{_PREFIX}[0-9a-f]{{{_DIGITS}}}"


@dataclass(frozen=True, slots=True)
class Hidden:
    """Rows of a table as they may be written, and the facts of the values they had.

    In rows of people e-mail, phone and names are null, the columns of normal forms hold
    pseudonyms, and FAULT_COLUMNS say why a value had no normal form. A text that held an
    address is a pseudonym in every table.
    """

    rows: "pa.Table"
    facts: "pa.Table"


@dataclass(frozen=True, slots=True)
class Hiding:
    """How values are hidden: by a secret key, beside the digests that key rules make of them.

    `rules` are the rules of all sinks, by the names of their facts. A pseudonym is HMAC-SHA256
    of kind and value: without the key nobody can try addresses against it.
    """

    key: bytes = field(repr=False)
    rules: Mapping[str, KeyRule]

    @property
    def key_mark(self) -> str:
        """A text that is another one for another key, and says nothing of the key."""
        return self.pseudonym("mark", "identity key")

    @property
    def rule_facts(self) -> tuple[str, ...]:
        """Names of the facts that the rules make, in order."""
        return tuple(sorted(name for name, rule in self.rules.items() if is_looked_up(rule)))

    def pseudonym(self, kind: str, value: str) -> str:
        """What stands for a value of that kind."""
        message = f"{kind}\0{value}".encode()
        return hmac.digest(self.key, message, "sha256").hex()[:_DIGITS]

    def text(self, value: str) -> str:
        """The text as it is, or what stands for it when it holds an address."""
        return _PREFIX + self.pseudonym("text", value) if holds_address(value) else value

    def hide(self, table: str, rows: "pa.Table", *, country: str) -> Hidden:
        """The rows of a table as they may be written; `country` is the shop's."""
        import pyarrow as pa

        for name in searched(table, rows.column_names):
            rows = _with(rows, name, self.texts(rows[name]))
        if not has_people(TABLES[table]):
            return Hidden(rows, fact_schema().empty_table())
        normalised = add_normal_forms(rows, country=country)
        hidden, facts = normalised.rows, []
        for kind, column in KINDS.items():
            values, told = self._pseudonyms(kind, hidden[column])
            hidden = _with(hidden, column, values)
            facts.append(told)
        nothing = pa.nulls(rows.num_rows, pa.string())
        raw = [name for name in RAW_COLUMNS if TABLES[table].column(name) is not None]
        for name in {*raw, *NORMAL_COLUMNS} - {*KINDS.values()}:
            hidden = _with(hidden, name, nothing)
        for name, faults in zip(FAULT_COLUMNS, normalised.faults.columns, strict=True):
            hidden = _with(hidden, name, faults)
        return Hidden(hidden, pa.concat_tables(facts))

    def _pseudonyms(
        self, kind: str, column: "pa.ChunkedArray[Any]"
    ) -> "tuple[pa.Array[Any], pa.Table]":
        """A column of normal forms as pseudonyms, and the facts of its distinct forms."""
        import pyarrow as pa

        encoded: Any = column.dictionary_encode().unify_dictionaries().combine_chunks()
        forms = encoded.dictionary.to_pylist()
        values = [self.pseudonym(kind, form) for form in forms]
        makers = {**OF_HIDDEN[kind], **self._rule_makers(kind)}
        hidden = pa.array(values, pa.string()).take(encoded.indices)
        return hidden, facts_of(kind, forms, makers, values)

    def _rule_makers(self, kind: str) -> dict[str, Maker]:
        return {
            name: _checked(name, self.rules[name])
            for name in self.rule_facts
            if self.rules[name].inputs == (kind,)
        }

    def hides(self, column: "pa.ChunkedArray[Any]") -> bool:
        """Whether `texts` would change the column."""
        import pyarrow as pa
        import pyarrow.compute as pc

        texts = pc.list_flatten(column) if pa.types.is_list(column.type) else column
        if not pa.types.is_string(texts.type):
            return False
        return bool(pc.any(pc.match_substring_regex(texts, ADDRESS)).as_py())

    def texts(self, column: "pa.ChunkedArray[Any]") -> "pa.ChunkedArray[Any]":
        """A column of texts, or of lists of them, as `text` has them; another as it is."""
        import pyarrow as pa

        if not self.hides(column):
            return column
        told = [
            [item and self.text(item) for item in value]
            if isinstance(value, list)
            else value and self.text(value)
            for value in column.to_pylist()
        ]
        return pa.chunked_array([pa.array(told, column.type)])


def holds_address(text: str) -> bool:
    """Whether an e-mail address stands in the text."""
    return re.search(ADDRESS, text) is not None


def searched(table: str, columns: Iterable[str]) -> list[str]:
    """The columns of a table in whose texts, if they hold any, an address is looked for."""
    if table == PRODUCTS.name:
        return []
    return [name for name in columns if name not in _ABOUT_GOODS and name not in RAW_COLUMNS]


def _checked(name: str, rule: KeyRule) -> Maker:
    def make(forms: Any) -> Any:
        # Before it is written: a rule with a mistake could hand back the value itself.
        return key_column(name, rule, forms).to_pylist()

    return make


def _with(rows: "pa.Table", name: str, column: Any) -> "pa.Table":
    place = rows.schema.get_field_index(name)
    if place < 0:
        return rows.append_column(name, column)
    return rows.set_column(place, name, column)
