"""From a sample of a file to the feed it may be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from audsync.errors import SourceDataError
from audsync.identity.text import fold
from audsync.tables import Frequency, Kind
from audsync_source_csv.guess.aliases import KINDS, named
from audsync_source_csv.guess.presets import PRESETS, USELESS, Preset
from audsync_source_csv.guess.sample import Sample
from audsync_source_csv.options import Cell
from audsync_source_csv.targets import SHAPES
from audsync_source_csv.values import words

_STATUS: Final = {
    "finished": "finished complete completed paid fulfilled shipped delivered sent send done "
    "vyrizeno vyrizena dokoncena dokonceno odeslano zaplaceno zrealizowane zakonczone wyslane "
    "dostarczone abgeschlossen versandt bezahlt",
    "open": "open created new pending processing on-hold on_hold authorized partial nova "
    "prijata nowe oczekujace offen neu",
    "cancelled": "cancelled canceled voided failed storno stornovana zrusena zruseno "
    "anulowane storniert",
    "returned": "returned refunded vraceno vracena zwrot zwrocone retourniert erstattet",
    "excluded": "excluded draft trash test",
}
_DECIDED: Final = {
    "granted": "granted given yes opt-in opted-in opted_in subscribed confirmed accepted "
    "agreed optin",  # codespell:ignore optin
    "denied": "denied refused no revoked withdrawn opt-out optout opted-out opted_out left "
    "unsubscribed declined rejected bounced cleaned complained pending unconfirmed expired",
}
_ABOUT: Final = {
    "advertising": "advertising ads ad_user_data ad_personalization reklama werbung",
    "newsletter": "newsletter newsletters email e-mail emailing",
    "sms": "sms",
    "all": "all everything",
}
# What the words of a column mean, and what those mean that nobody knows.
_WORDS: Final = {
    "status": (_STATUS, "open"),
    "answer": (_DECIDED, "denied"),
    "purpose": (_ABOUT, "all"),
}
_MOST_WORDS: Final = 40  # more are not the words of a status
_BLANKS: Final = ("Unspecified", "European Community", "Unknown", "N/A", "-")
# What each row of a kind has of its own.
_ROW_KEYS: Final = {
    "order_rows": "product_id",
    "order_lines": "product_id",
    "orders": "order_id",
    "customers": "customer_id",
    "products": "product_id",
    "returns": "product_id",
    "consents": "answer",
}
_FREQUENCIES: Final = ("newsletter_frequency", "sms_frequency")


@dataclass(slots=True)
class Guess:
    """A feed as it may be: kind, mapping, settings, and what a person should look at."""

    sample: Sample
    kind: str
    name: str
    columns: dict[str, Cell]
    settings: dict[str, object] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read(sample: Sample) -> Guess:
    """What the file may be; raises SourceDataError where it is nothing that can be used."""
    for useless in USELESS:
        if all(map(sample.has, useless.marks)) and not sample.has("email"):
            raise SourceDataError(f"{sample.path.name}: {useless.message}")
    preset = next((one for one in PRESETS if all(map(sample.has, one.marks))), None)
    guess = _by_preset(sample, preset) if preset else _by_names(sample)
    lacking = [name for name in SHAPES[guess.kind].required if name not in guess.columns]
    if lacking:
        raise SourceDataError(
            f"{sample.path.name}: looks like {guess.name}, but no column says "
            f"{', '.join(lacking)}; export that too, or write the mapping by hand "
            "(docs/how-to/own-csv-feeds.md)"
        )
    if SHAPES[guess.kind].lacks_identity(guess.columns):
        raise SourceDataError(
            f"{sample.path.name}: no column says who bought: a customer id, an e-mail address "
            "or a phone number; export one of these too"
        )
    if sample.assumed:
        guess.settings["encoding"] = sample.encoding
        guess.notes.append(f"not UTF-8: read as {sample.encoding}; look at accented letters")
    for name, cell in guess.columns.items():
        guess.columns[name] = _refined(guess, name, cell)
    return guess


def read_xml(samples: Iterable[Sample], shown: str) -> Guess:
    """What the rows of an XML file may be; raises SourceDataError where they are nothing."""
    found: list[Guess] = []
    for sample in samples:
        try:
            one = read(sample)
        except SourceDataError:
            continue
        # Rows inside of rows see what stands around them, and are not of it.
        if not _path(one, _ROW_KEYS[one.kind]).startswith("../"):
            found.append(one)
    if not found:
        raise SourceDataError(
            f"{shown}: no element looks like an order, a line of one, a customer, a product, a "
            "return or a decision; write the mapping by hand (docs/how-to/own-csv-feeds.md)"
        )
    lines = [one for one in found if one.kind.startswith("order_")]
    guess = lines[0] if lines else found[-1]
    guess.settings["row"] = guess.sample.row or ""
    if guess.kind == "products" and len(found) > 1:
        guess.notes.append("elements inside of products, such as variants, are not read")
    for name, cell in guess.columns.items():
        if cell.column is not None:
            guess.columns[name] = replace(cell, column=guess.sample.header(cell.column))
    return guess


def _path(guess: Guess, name: str) -> str:
    return guess.sample.header(guess.columns[name].column or "")


def _by_preset(sample: Sample, preset: Preset) -> Guess:
    cells = {
        name: kept
        for name, cell in preset.columns.items()
        if (kept := _there(sample, Cell(column=cell) if isinstance(cell, str) else cell))
    }
    settings: dict[str, object] = dict(preset.settings)
    return Guess(sample, preset.kind, preset.name, cells, settings, list(preset.notes))


def _there(sample: Sample, cell: Cell) -> Cell | None:
    """The cell with the headers that the file has; None where it has none of them."""
    if cell.value is not None:
        return cell
    headers = tuple(header for header in cell.headers() if sample.has(header))
    if not headers:
        return None
    if len(headers) == 1:
        return replace(cell, column=headers[0], first=(), join=())
    return replace(cell, first=headers)


def _by_names(sample: Sample) -> Guess:
    has_address = "email" in named("customers", sample.names)
    for kind in KINDS:
        if kind == "products" and has_address:
            continue  # people have ids and names as well
        found = named(kind, sample.names)
        assumed = ("status",) if "status" not in found else ()
        if kind == "customers" and "customer_id" not in found and "email" in found:
            found["customer_id"] = found["email"]
        if kind == "consents" and SHAPES[kind].lacks_identity(found):
            continue
        if set(SHAPES[kind].required) <= {*found, *assumed} and len(found) > 1:
            cells = {name: Cell(column=header) for name, header in found.items()}
            guess = Guess(sample, kind, "column names", cells)
            _explain(guess)
            return guess
    raise SourceDataError(
        f"{sample.path.name}: its columns are those of neither orders, customers, products, "
        "returns nor consents; write the mapping by hand (docs/how-to/own-csv-feeds.md)"
    )


def _explain(guess: Guess) -> None:
    """Fill in what the names alone do not say, and say that it is a guess."""
    cells = guess.columns
    if "status" in SHAPES[guess.kind].required and "status" not in cells:
        cells["status"] = Cell(value="finished")
        guess.notes.append("no column of a status was found: every order counts as finished")
    if "unit_gross" in cells:
        guess.notes.append("prices are taken as those of one unit with VAT (else: unit_net)")
    order = cells.get("order_id")
    if guess.kind in ("order_rows", "order_lines") and order and order.column:
        prefix = guess.sample.cancelling_prefix(order.column)
        if prefix and (guess.kind == "order_rows" or "returned_at" in cells):
            guess.settings["cancelled_prefix"] = prefix
            guess.notes.append(f"ids with {prefix} before the number are taken as returns")


def _refined(guess: Guess, name: str, cell: Cell) -> Cell:
    """The cell with what its words need to be understood."""
    header = cell.column
    if header is None or cell.map:
        return cell
    words_of = guess.sample.words(header)
    kind = SHAPES[guess.kind].targets[name].column.kind
    if name.endswith("_id") and guess.sample.is_whole(header):
        cell = replace(cell, strip_suffix=".0")
    elif name in _WORDS:
        own = words.closed(SHAPES[guess.kind].targets[name].column)
        cell = replace(cell, map=_meanings(guess, header, own, *_WORDS[name]))
    elif name in _FREQUENCIES:
        often, never = str(Frequency.EVERY_DAY), str(Frequency.NEVER)
        cell = replace(cell, map=_answers(words_of, yes=often, no=never))
    elif name == "ad_consent":
        cell = _consent(guess, cell, words_of)
    elif name == "country":
        cell = replace(cell, map={word: "" for word in words_of if word in _BLANKS})
    elif kind in (Kind.QUANTITY, Kind.MONEY, Kind.NUMBER):
        cell = _number(guess, cell, header)
    elif kind in (Kind.TIME, Kind.DATE) and "date_format" not in guess.settings:
        cell = _time(guess, cell, header)
    return cell


def _number(guess: Guess, cell: Cell, header: str) -> Cell:
    if not guess.sample.has_open_decimals(header):
        return cell
    guess.notes.append(f"{header}: 1.234 or 1,234 can be two numbers; look at its decimal")
    return replace(cell, decimal="," if guess.sample.delimiter == ";" else ".")


def _time(guess: Guess, cell: Cell, header: str) -> Cell:
    if not guess.sample.has_open_days(header):
        return cell
    guess.notes.append(f"{header}: day and month cannot be told apart; look at its date_format")
    mark = "/" if any("/" in word for word in guess.sample.words(header)) else "-"
    day = f"%d{mark}%m{mark}%Y"
    return replace(cell, date_format=(day, f"{day} %H:%M", f"{day} %H:%M:%S"))


def _consent(guess: Guess, cell: Cell, found: list[str]) -> Cell:
    """Answers as yes and no, which a new config takes for granted and denied."""
    if {fold(word) for word in found} <= {"yes", "no"}:
        return cell
    meant = _answers(found, yes="yes", no="no")
    if not meant:
        guess.notes.append(
            f"{cell.column} says more than yes and no: write into `granted` of the consent "
            "which of its words mean yes"
        )
    return replace(cell, map=meant)


def _answers(found: list[str], *, yes: str, no: str) -> Mapping[str, str]:
    """What words of yes and no mean; empty where the words say more than that."""
    meant = {word: words.boolean(word) for word in found}
    if not meant or None in meant.values():
        return {}
    return {word: yes if agreed else no for word, agreed in sorted(meant.items())}


def _meanings(
    guess: Guess,
    header: str,
    own: words.Word | None,
    words_of: Mapping[str, str],
    unclear: str,
) -> Mapping[str, str]:
    """What the words of a column mean, in its own vocabulary or as shops say it.

    `unclear` is what those mean that nobody knows.
    """
    found = sorted(guess.sample.words(header))
    if len(found) > _MOST_WORDS:
        guess.notes.append(
            f"{header} has {len(found)} different words; is it the right column?"
        )
        return {}
    known: dict[str, object] = {
        word: meaning for meaning, all_of in words_of.items() for word in all_of.split()
    }
    meant = {word: known.get(fold(word)) or (own and own(word)) for word in found}
    if any(meaning is None for meaning in meant.values()):
        guess.notes.append(
            f"a word of {header} that was not understood is taken as {unclear}; look at the map"
        )
    return {word: str(meaning or unclear) for word, meaning in meant.items()}
