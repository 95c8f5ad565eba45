"""Run summaries and explanations as plain text."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from audsync.errors import ExitCode

Summary = Mapping[str, Any]


def run_text(summary: Summary, *, verbose: bool = False) -> str:
    """A run in a screenful: what came in, who may be used, what each audience gains."""
    blocks = [
        [f"{summary['shop']}: {summary['command']} {summary['run']}, as of {summary['as_of']}"],
        _pull_lines(summary.get("pull"), verbose=verbose),
        _model_lines(summary.get("model"), verbose=verbose),
        _consent_lines(summary.get("consent", {})),
        _audience_lines(summary.get("audiences", [])),
        _closing_lines(summary),
    ]
    return "\n".join(line for block in blocks for line in block)


def next_step(summary: Summary) -> str | None:
    """The command that a person would run next, or None."""
    shop, code = summary["shop"], summary["exit_code"]
    if code not in {ExitCode.DONE, ExitCode.INCOMPLETE}:
        return None
    return {
        "pull": f"audsync plan --shop {shop}",
        "plan": f"audsync run --shop {shop} --expect-plan {summary.get('checksum')}",
    }.get(summary["command"])


def _pull_lines(pull: Summary | None, *, verbose: bool) -> list[str]:
    if pull is None:
        return []
    tables = pull["tables"]
    if not pull["changed"]:
        return ["pulled: nothing new"]
    parts = [f"{counts['rows']:,} {name}" for name, counts in sorted(tables.items())]
    lines = [f"pulled: {', '.join(parts)}"]
    rejected = pull["rejected"]
    rows = sum(item["count"] for item in rejected if item["loss"] == "row")
    values = sum(item["count"] for item in rejected if item["loss"] == "value")
    if rows or values:
        where = f"; see {pull['quarantine']}" if pull.get("quarantine") else ""
        lines.append(f"quarantine: {rows:,} rows and {values:,} values{where}")
    if verbose:
        lines += [
            f"  {item['table']}.{item['column']}: {item['count']:,} {item['reason']}"
            for item in rejected
        ]
    return lines


def _model_lines(model: Summary | None, *, verbose: bool) -> list[str]:
    if model is None:
        return []
    lines = [
        (
            f"clients: {model['clients']:,}, with orders {model['clients_with_orders']:,}; "
            f"orders: {model['orders']:,}, counted {model['orders_counted']:,}"
        )
    ]
    if verbose:
        lines += [f"  {name}: {value}" for name, value in sorted(model.items())]
    return lines


def _consent_lines(consent: Summary) -> list[str]:
    return [
        f"consent to {purpose}: {answer['granted']:,} of {answer['clients']:,}"
        + _reasons(answer["refused"])
        for purpose, answer in consent.items()
    ]


def _reasons(counts: Summary) -> str:
    parts = [f"{name} {count:,}" for name, count in counts.items() if count]
    return f" ({', '.join(parts)})" if parts else ""


def _audience_lines(audiences: Sequence[Summary]) -> list[str]:
    if not audiences:
        return []
    rows = [("segment", "sink", "clients", "may be used", "members", "enter", "leave", "")]
    rows += [
        (
            item["segment"],
            item["sink"],
            f"{item['candidates']:,}",
            f"{item['consented']:,}",
            f"{item['desired']:,}",
            f"+{item['enter']:,}",
            f"-{item['leave']:,}",
            item["note"],
        )
        for item in audiences
    ]
    return ["", *columns(rows)]


def _closing_lines(summary: Summary) -> list[str]:
    lines = []
    if summary.get("checksum"):
        lines += ["", f"plan checksum: {summary['checksum']}"]
    places = [item["where"] for item in summary.get("audiences", []) if item.get("where")]
    if places and summary["command"] == "run":
        lines += ["", "audience files:" if len(places) > 1 else "audience file:"]
        lines += [f"  {place}" for place in places]
    return lines


def explanation_text(explanation: Summary) -> str:
    """The funnel of a segment, line by line; for one client also what holds for that client."""
    rows: list[tuple[str, ...]] = [("line", "rule", "clients", "left", "for this client")]
    rows += [
        (
            str(line["line"] or ""),
            line["text"],
            f"{line['clients']:,}",
            "" if line["left"] is None else f"{line['left']:,}",
            "" if line.get("holds") is None else ("yes" if line["holds"] else "no"),
        )
        for line in explanation["lines"]
    ]
    if explanation.get("client") is None:
        rows = [row[:-1] for row in rows]
    tail = [f"{name}: {count:,}" for name, count in explanation["funnel"].items()]
    return "\n".join([explanation["name"], *columns(rows), "", *tail])


def columns(rows: Iterable[Sequence[str]]) -> list[str]:
    """Rows as aligned text: the first two columns to the left, figures to the right."""
    table = [list(row) for row in rows]
    widths = [max(len(row[number]) for row in table) for number in range(len(table[0]))]
    return ["  ".join(_aligned(row, widths)).rstrip() for row in table]


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    last = len(row) - 1
    return [
        cell.rjust(width) if _is_figure(cell) and number < last else cell.ljust(width)
        for number, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]


def _is_figure(cell: str) -> bool:
    return cell.lstrip("+-").replace(",", "").isdigit()
