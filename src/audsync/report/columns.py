"""Rows as aligned text."""

from collections.abc import Iterable, Sequence


def columns(rows: Iterable[Sequence[str]]) -> list[str]:
    """Rows as aligned text, the first being the headers; columns of figures to the right."""
    table = [list(row) for row in rows]
    parts = list(zip(*table, strict=True))
    widths = [max(map(len, part)) for part in parts]
    right = [all(map(_is_figure, part[1:])) and any(part[1:]) for part in parts]
    return [
        "  ".join(
            cell.rjust(width) if to_the_right else cell.ljust(width)
            for cell, width, to_the_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in table
    ]


def _is_figure(cell: str) -> bool:
    return not cell or cell.replace(",", "").isdigit()
