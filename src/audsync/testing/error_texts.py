"""All that an error may show to whoever prints it."""

from collections.abc import Iterator


def texts_of(error: BaseException | None) -> Iterator[str]:
    """The texts of an error and of those it shows as its causes."""
    while error is not None:
        yield f"{error!r} {error}"
        hidden = error.__suppress_context__
        error = error.__cause__ or (None if hidden else error.__context__)
