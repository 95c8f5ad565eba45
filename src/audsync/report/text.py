"""Run summaries and explanations as plain text."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from audsync.audience_keys import AudienceKey
from audsync.errors import ExitCode
from audsync.report.amounts import counted
from audsync.report.columns import columns
from audsync.report.model import model_lines

Summary = Mapping[str, Any]


def run_text(summary: Summary, *, verbose: bool = False) -> str:
    """A run in a screenful: what came in, who may be used, what each audience gains."""
    title = f"{summary['shop']}: {summary['command']} {summary['run']}"
    blocks = [
        [f"{title}, as of {summary['as_of']}"],
        _pull_lines(summary, verbose=verbose),
        model_lines(summary.get("model"), verbose=verbose),
        _consent_lines(summary.get("consent", {})),
        _settled_lines(summary),
        _audience_lines(summary.get("audiences", []), _at_work(summary)),
        _lookalike_lines(summary),
        _closing_lines(summary),
    ]
    return "\n".join(line for block in blocks for line in block)


def next_step(summary: Summary) -> str | None:
    """The command that a person would run next, or None."""
    shop, code = summary["shop"], summary["exit_code"]
    if code not in {ExitCode.DONE, ExitCode.INCOMPLETE}:
        return None
    flags = " ".join([*summary["flags"], "--expect-plan"])
    return {
        "pull": f"audsync plan --shop {shop}",
        "plan": f"audsync run --shop {shop} --as-of {summary['as_of']} "
        f"{flags} {summary.get('checksum')}",
    }.get(summary["command"])


def _pull_lines(summary: Summary, *, verbose: bool) -> list[str]:
    pull = summary.get("pull")
    if pull is None:
        return []
    held = [f"{counts['held']:,} {name}" for name, counts in sorted(pull["tables"].items())]
    lines = [f"pulled: {', '.join(held) if pull['changed'] else 'nothing new'}"]
    rows, values = (
        sum(one["count"] for one in pull["rejections"] if one["loss"] == loss)
        for loss in ("row", "value")
    )
    if rows or values:
        lost = f"{counted(rows, 'row')}, {counted(values, 'value')}"
        lines.append(f"quarantine: {lost}; {summary['quarantine']}")
    if summary["calls"]["made"]:
        lines.append(f"calls to the shop: {_calls(summary['calls'])}")
    if verbose:
        lines += [
            f"  {one['table']}: {one['count']:,} {one['reason']}"
            for one in [*pull["rejections"], *pull["warnings"]]
        ]
        lines += [
            f"  {name}: {count:,}"
            for counts in (pull["normal_dropped"], pull["resolution"])
            for name, count in sorted(counts.items())
        ]
    return lines


def _calls(calls: Summary) -> str:
    made, expected = calls["made"], calls["expected"]
    return f"{made:,}" if expected is None else f"{made:,}, about {expected:,} were expected"


def _consent_lines(consent: Summary) -> list[str]:
    return [
        f"consent to {purpose}: {answer['granted']:,} of {answer['clients']:,}"
        + _reasons(answer["refused"])
        for purpose, answer in consent.items()
    ]


def _reasons(counts: Summary) -> str:
    """The reasons that occurred, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    parts = [f"{name} {count:,}" for name, count in ordered if count]
    return f" ({', '.join(parts)})" if parts else ""


def _at_work(summary: Summary) -> frozenset[str]:
    """Audiences that a platform has not answered for yet, of this run or of earlier ones."""
    told = [
        *((one["audience"], one) for one in summary.get("settled", [])),
        *(
            (one.get("audience"), one.get("result") or {})
            for one in summary.get("audiences", [])
        ),
    ]
    return frozenset(name for name, result in told if result.get("at_work"))


def _audience_lines(audiences: Sequence[Summary], at_work: frozenset[str]) -> list[str]:
    if not audiences:
        return []
    headers = ("segment", "sink", "clients", "refused", "unreachable", "members", "+", "-")
    rows: list[Sequence[str]] = [headers]
    for one in audiences:
        enter, leave = (
            sum(one["operations"].get(kind, {}).values()) for kind in ("add", "remove")
        )
        refused = sum(one["refused"].values())
        figures = (
            one["candidates"],
            refused,
            one["unreachable"],
            one["desired"],
            enter,
            leave,
        )
        rows.append((one["segment"], one["sink"], *(f"{figure:,}" for figure in figures)))
    return ["", *columns(rows), *_remarks(audiences, at_work)]


def _settled_lines(summary: Summary) -> list[str]:
    """What became of what earlier runs had sent; told where that was asked for."""
    if summary["command"] != "settle":
        return []
    settled = summary["settled"]
    rows: list[Sequence[str]] = [
        ("audience", "added", "removed", "rejected", "batches at work")
    ]
    rows += [
        (
            one["audience"],
            f"{one['added'] + one['replaced']:,}",
            f"{one['removed']:,}",
            f"{sum(one['rejected'].values()):,}",
            f"{one['at_work']:,}",
        )
        for one in settled
    ]
    return ["", *columns(rows)] if settled else ["nothing was open"]


def _remarks(audiences: Iterable[Summary], at_work: frozenset[str]) -> list[str]:
    """What became of an audience that is not as it should be."""
    lines = []
    for one in audiences:
        result = one.get("result") or {}
        name = f"{one['segment']} at {one['sink']}"
        if one.get("effect") and _is_done(one):
            way = "replaced as a whole" if one.get("replaced") else "changed"
            lines.append(f"{name}: {way}; {one['effect']}")
        if result.get("recreated"):
            lines.append(
                f"{name}: the platform had lost the audience; it was made anew, and the next "
                "run sends who is missing"
            )
        if result.get("lost"):
            lines.append(
                f"{name}: the platform has the audience no longer, so that nobody is in it; it "
                "is made when its segment is evaluated again"
            )
        if one["held"]:
            held = sum(sum(reasons.values()) for reasons in one["held"].values())
            lines.append(f"{name}: {held:,} changes are held by a guard")
        if result.get("rejected"):
            lines.append(f"{name}: rejected{_reasons(result['rejected'])}")
        if one.get("audience") in at_work:
            lines.append(f"{name}: the platform is still at work; the next run asks again")
        if result.get("failure"):
            # Beside a replacement only those are removed who may not be in the audience.
            gone = result["removed"] if one.get("replaced") else 0
            rest = f"; removed all the same, as they may not be in it: {gone:,}" if gone else ""
            lines.append(f"{name}: failed{rest}")
    return lines


def _lookalike_lines(summary: Summary) -> list[str]:
    """What became of lookalikes, but for those that are there and have their own status."""
    told = [
        (AudienceKey.of(one["audience"]), one.get("lookalike"))
        for one in summary.get("statuses", [])
    ]
    return [
        f"{key.segment} at {key.sink}: lookalike: {text}"
        for key, text in told
        if text and not text[:1].isdigit()
    ]


def _is_done(one: Summary) -> bool:
    """Whether the changes of an audience are still to come, or some of them were made."""
    result = one.get("result") or {}
    ways = ("replaced",) if one.get("replaced") else ("added", "removed")
    return not result.get("failure") or any(result[way] for way in ways)


def _closing_lines(summary: Summary) -> list[str]:
    lines: list[str] = []
    audiences = summary.get("audiences", [])
    is_open = any(one["operations"] and not one.get("result") for one in audiences)
    if summary.get("checksum") and (is_open or summary["command"] == "plan"):
        lines += ["", f"plan checksum: {summary['checksum']}"]
    places = [one["where"] for one in audiences if one.get("where")]
    if places:
        lines += ["", "audiences:", *(f"  {place}" for place in places)]
    return lines


def explanation_text(explanation: Summary) -> str:
    """The funnel of a segment, line by line; for one client also what holds for that client."""
    headers = ("rule", "clients", "left", "missing", "client", "value", "would flip at")
    rows: list[Sequence[str]] = [headers]
    rows.append(("all clients", f"{explanation['clients']:,}", "", "", "", "", ""))
    rows += [_explained(line) for line in explanation["lines"]]
    if explanation["customer_id"] is None:
        rows = [row[:4] for row in rows]
    lines = [f"{explanation['name']} ({explanation['segment']})", "", *columns(rows), ""]
    lines.append(f"members before consent: {explanation['members']:,}")
    lines += [f"  {name}: {count:,}" for name, count in explanation["funnel"].items()]
    lines += [_split_line(name, one) for name, one in explanation["buckets"].items()]
    if explanation["reachable"] is not None:
        lines.append(f"consented and reachable: {explanation['reachable']:,}")
    if explanation["client_is_member"] is not None:
        word = "in" if explanation["client_is_member"] else "not in"
        lines.append(f"this client is {word} it")
        lines += _smallest(explanation)
    if explanation["after"] is not None:
        lines += ["", *_after(explanation)]
    return "\n".join(lines)


def _split_line(name: str, counts: Sequence[int]) -> str:
    """The sizes of the 100 buckets of a split: near to equal, never exactly."""
    half = sum(counts[: len(counts) // 2])
    share = f"{100 * half / sum(counts):.1f}" if sum(counts) else "0"
    return (
        f"split {name}: {min(counts):,} to {max(counts):,} clients in each of {len(counts)} "
        f"buckets; {share} % in the first half"
    )


_CAUTION: Final = (
    "What happened, and not what a campaign changed: members differ from others by the rule.",
    "Statuses and returns of orders, products, accounts and consents are those of today.",
)
_AFTER_HEADERS: Final = ("", "clients", "bought", "share", "orders", "revenue", "per client")


def _after(explanation: Summary) -> list[str]:
    """What members and others of an earlier day did afterwards, and how to read it."""
    after = explanation["after"]
    rows: list[Sequence[str]] = [_AFTER_HEADERS]
    for name in ("members", "others"):
        one = after[name]
        figures = [f"{one[key]:,}" for key in ("clients", "buyers", "orders")]
        figures.insert(2, f"{one['buyers_share']:.1%}")
        rows.append((name, *figures, one["revenue"], one["revenue_per_client"]))
    span = f"from {after['since']} to {after['until']}, in {after['currency']}"
    day = explanation["as_of"]
    lines = [
        f"{span}, of the members of {day} and of the others known that day:",
        *columns(rows),
        *_CAUTION,
    ]
    if after["unknown_then"]:
        lines.append(f"{counted(after['unknown_then'], 'client')} first seen later left out")
    return lines


def _smallest(explanation: Summary) -> list[str]:
    """The lines whose other answer would bring the client in, or take the client out."""
    changed = [explanation["lines"][place] for place in explanation["smallest"]]
    if not changed:
        return []
    way = "leave" if explanation["client_is_member"] else "enter"
    lines = [f"the smallest change to {way} it:"]
    for one in changed:
        told = "no longer holds" if one["holds"] else "holds"
        wanted = f": {one['flip']}" if one["flip"] else ""
        has = f", now {one['value']}" if one["flip"] and one["value"] else ""
        lines.append(f"  {one['text']} {told}{wanted}{has}")
    return lines


def _explained(line: Summary) -> tuple[str, ...]:
    holds = line["holds"]
    return (
        "  " * line["depth"] + line["text"],
        f"{line['clients']:,}",
        "" if line["left"] is None else f"{line['left']:,}",
        "" if not line["missing"] else f"{line['missing']:,}",
        "" if holds is None else ("yes" if holds else "no"),
        line["value"] or "",
        line["flip"] or "",
    )
