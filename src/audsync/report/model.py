"""The Clients model of a run as plain text."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from audsync.report.affluence import affluence_details, affluence_line
from audsync.report.amounts import counted
from audsync.report.bands import bands_details, bands_line
from audsync.report.rfm import rfm_details, rfm_line
from audsync.report.value import value_details, value_line

Model = Mapping[str, Any]

# What is told in words of its own; a run may not have asked for it.
_ANALYSES: Final[Mapping[str, tuple[Callable[[Any], str], Callable[[Any, Any], list[str]]]]] = {
    "rfm": (rfm_line, rfm_details),
    "value": (value_line, value_details),
    "bands": (bands_line, bands_details),
    "affluence": (affluence_line, affluence_details),
}


def model_lines(model: Model | None, *, verbose: bool) -> list[str]:
    """How many clients and orders there are, what was worked out of them and how."""
    if model is None:
        return []
    currency = model.get("currency")  # not in older runs
    lines = [
        f"clients: {model['clients']:,}, with orders {model['clients_with_orders']:,}",
        f"orders: {model['orders']:,}, counted {model['counted']:,}" + _since(model),
    ]
    lines += [_list_line(name, one) for name, one in sorted(model.get("lists", {}).items())]
    for name, (line, details) in _ANALYSES.items():
        told = model.get(name)  # none where no segment asks for it, and in older runs
        if told:
            lines.append(line(told))
            more = details(told, currency) if verbose else []
            lines += [f"  {line}" for line in more]
    if verbose:
        told = {*_ANALYSES, "lists"}
        counts = [(name, model[name]) for name in sorted(model.keys() - told)]
        lines.append("counts of the model:")
        lines += [f"  {name}: {_count(part)}" for name, part in counts]
    return lines


def _count(part: object) -> str:
    """A count, or several by name."""
    if not isinstance(part, Mapping):
        return str(part)
    return ", ".join(f"{name} {number}" for name, number in part.items()) or "none"


def _list_line(name: str, one: Mapping[str, int]) -> str:
    """What became of the values of a list of people."""
    lost = [(one["unmatched"], "of nobody"), (one["unreadable"], "unreadable")]
    parts = [f"{counted(one['rows'], 'value')}, {counted(one['clients'], 'client')}"]
    parts += [f"{number:,} {what}" for number, what in lost if number]
    return f"list {name}: {', '.join(parts)}"


def _since(model: Model) -> str:
    """Feeds often hold some months only: the first order is the first that is known."""
    return f", the earliest of {model['earliest_order']}" if model["earliest_order"] else ""
