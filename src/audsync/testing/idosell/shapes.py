"""How the API writes values: amounts, letters, and the many ways of writing nothing."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from audsync.testing.idosell.clock import NO_DATE, NO_TIME
from audsync.testing.idosell.quirks import Quirks

Json = dict[str, Any]

COUNTRY_NAMES: Final[Mapping[str, str]] = {"PL": "Polska", "DE": "Niemcy", "CZ": "Czechy"}
_NO_DISPATCH: Final[Mapping[str, object]] = {
    "null": None,
    "zero": 0,
    "empty": "",
    "zero_date": NO_TIME,
}
_NO_NUMBER: Final[Mapping[str, object]] = {"zero": 0, "empty": ""}
_ABSENT: Final = object()
_NO_BIRTH_DATE: Final[Mapping[str, object]] = {
    "zero": NO_DATE,
    "empty": "",
    "null": None,
    "absent": _ABSENT,
}


class Shapes:
    """Values in the forms that the panel's quirks ask for; `turn` makes mixed forms vary."""

    def __init__(self, quirks: Quirks) -> None:
        self._quirks = quirks

    def amount(self, minor: int) -> float:
        """Minor units as a JSON number, whole ones without a fraction."""
        if self._quirks.whole_amounts_are_ints and minor % 100 == 0:
            return minor // 100
        return minor / 100

    def quantity(self, value: Decimal) -> float:
        """Units as a JSON number."""
        return int(value) if value == int(value) else float(value)

    def no_dispatch(self, turn: int) -> object:
        """What stands for an order that was not sent."""
        return _chosen(_NO_DISPATCH, self._quirks.no_dispatch, turn)

    def no_number(self, turn: int) -> object:
        """What stands for the number of a client without an account."""
        return _chosen(_NO_NUMBER, self._quirks.guest_number, turn)

    def country(self, code: str, turn: int) -> str:
        """A country code in upper or lower case."""
        case = self._quirks.country_case
        upper = case == "upper" or (case == "mixed" and turn % 2)
        return code.upper() if upper else code.lower()

    def country_name(self, code: str) -> str:
        """The name of a country in the panel's language."""
        return COUNTRY_NAMES.get(code, code)

    def invoice(self, word: str, turn: int) -> str:
        """`n`, `y` or `e` in the documented words or in those seen."""
        words = self._quirks.invoice_words
        if words == "documented" or (words == "mixed" and turn % 2):
            return word
        return {"y": "invoice", "e": "e_invoice"}.get(word, word)

    def personal_data(self, born_on: str | None, turn: int) -> Json:
        """The block with the birth date."""
        shown: object = born_on
        if born_on is None:
            shown = _chosen(_NO_BIRTH_DATE, self._quirks.birth_date_missing, turn)
        return {} if shown is _ABSENT else {"clientBirthDate": shown}

    def keyed(self, values: Json) -> Json | list[Any]:
        """A keyed map, which PHP writes as a list when it is empty."""
        return [] if not values and self._quirks.empty_map_is_list else values

    def lines(self, lines: Sequence[Json]) -> Json:
        """The block with the lines of an order."""
        if lines or self._quirks.no_lines == "list":
            return {"productsResults": list(lines)}
        return {} if self._quirks.no_lines == "absent" else {"productsResults": None}

    def with_extras(self, record: Json, turn: int) -> Json:
        """The record, with fields that no specification knows where that is asked for."""
        if self._quirks.extra_fields:
            record["x_added_lately"] = {"since": "8.99", "values": [turn, None, "?"]}
            record["operatorRemark"] = "unknown to every specification"
        return record


def _chosen(forms: Mapping[str, object], form: str, turn: int) -> object:
    return [*forms.values()][turn % len(forms)] if form == "mixed" else forms[form]
