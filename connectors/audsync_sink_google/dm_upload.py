"""Members of one list, or of several, in requests of which Google refuses none."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from audsync.contracts import Bundle
from audsync.errors import CredentialError
from audsync_sink_google.errors import GoogleRefusedError
from audsync_sink_google.meanings import Kind
from audsync_sink_google.members import nameless
from audsync_sink_google.receipts import Given

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

# The ids of the lists of a request, and which of its members go to each; None: all do.
Where = Mapping[str, "npt.NDArray[np.bool_] | None"]

_MOST_REFUSALS: Final = 50  # of one batch, which a request of 10,000 halved has at most


class Upload:
    """Requests that together give all members of a bundle but those that Google refuses.

    One bad member makes Google refuse all of a request: those that it names are left out, and
    where it names none the request is halved.
    """

    def __init__(self, bundle: Bundle, request: "Callable[[Where, pa.Table], str]") -> None:
        self._bundle = bundle
        self._request = request
        self._refusals = 0
        self._parts: dict[str, list[int]] = {}
        self._refused: dict[int, str] = dict.fromkeys(
            nameless(bundle.rows), "missing_identifier"
        )
        self._goes = [_marked(places, bundle.rows.num_rows) for places in bundle.places]

    def give(self) -> None:
        """Send the members; raises what Google refuses for, where it took none."""
        size = self._bundle.rows.num_rows
        places = [place for place in range(size) if place not in self._refused]
        left = [places] if places else []
        while left:
            some = left.pop()
            try:
                request = self._request(*self._members(some))
            except GoogleRefusedError as error:
                left += reversed(self._smaller(error, some))
            except CredentialError:
                if not self._parts:
                    raise
                self._give_up(some, "login_refused")
            else:
                self._parts.setdefault(request, []).extend(some)

    def given(self, at: float) -> list[Given]:
        """What is kept of each list's members, whom it had in an order of its own."""
        size, found = self._bundle.rows.num_rows, []
        parts = {request: _marked(some, size) for request, some in self._parts.items()}
        is_shared = len(self._bundle.batches) > 1
        for batch, places in zip(self._bundle.batches, self._bundle.places, strict=True):
            counts = {request: int(some[places].sum()) for request, some in parts.items()}
            refused = {
                row: self._refused[place]
                for row, place in enumerate(places.tolist() if self._refused else ())
                if place in self._refused
            }
            (audience,) = batch.audiences
            found.append(
                Given(
                    size=len(batch),
                    at=at,
                    parts={request: count for request, count in counts.items() if count},
                    refused=refused,
                    audience=audience.remote_id if is_shared else None,
                )
            )
        return found

    def _members(self, places: Sequence[int]) -> "tuple[Where, pa.Table]":
        """The members at these places, and the lists that they go to."""
        rows = self._bundle.rows
        some = rows if len(places) == rows.num_rows else rows.take(places)
        ids = [batch.audiences[0].remote_id for batch in self._bundle.batches]
        if len(ids) == 1:
            return {ids[0]: None}, some
        goes = {one: mask[places] for one, mask in zip(ids, self._goes, strict=True)}
        return {one: mask for one, mask in goes.items() if mask.any()}, some

    def _smaller(self, error: GoogleRefusedError, places: list[int]) -> list[list[int]]:
        """What to send in place of a request that was refused."""
        self._refusals += 1
        is_hopeless = error.kind not in (Kind.ROW, Kind.SPLIT)
        if is_hopeless or self._refusals > _MOST_REFUSALS:
            # What was taken before stays taken, and has its receipt.
            if not self._parts and is_hopeless:
                raise error
            self._give_up(places, error.code)
            return []
        named = {places[row]: code for row, code in error.rows.items() if row < len(places)}
        if error.kind is Kind.ROW and (named or len(places) == 1):
            self._refused.update(named or {places[0]: error.code})
            rest = [place for place in places if place not in self._refused]
            return [rest] if rest else []
        if len(places) == 1:
            raise error
        middle = len(places) // 2
        return [places[:middle], places[middle:]]

    def _give_up(self, places: Sequence[int], code: str) -> None:
        self._refused.update(dict.fromkeys(places, code))


def _marked(
    places: "Sequence[int] | npt.NDArray[np.int64]", size: int
) -> "npt.NDArray[np.bool_]":
    """Which of so many members stand at these places."""
    marked = np.zeros(size, dtype=np.bool_)
    marked[places] = True
    return marked
