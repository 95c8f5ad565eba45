"""What an order's status means for counting; a word that is not here counts for nothing."""

from collections.abc import Mapping
from typing import Final

from audsync.tables import OrderStatus

_WORDS: Final[Mapping[OrderStatus, str]] = {
    OrderStatus.OPEN: (
        "new unconfirmed payment_waiting delivery_waiting on_order packed packed_fulfillment "
        "packed_ready ready wait_for_dispatch wait_for_packaging wait_for_receive suspended "
        "blocked"
    ),
    OrderStatus.FINISHED: "finished finished_ext handled",
    OrderStatus.CANCELLED: "canceled false lost missing all_canceled",
    OrderStatus.RETURNED: "returned complainted complained",
    # Its value lives on in the order that it was joined to.
    OrderStatus.EXCLUDED: "joined",
}
CLASSES: Final[Mapping[str, OrderStatus]] = {
    word: status for status, words in _WORDS.items() for word in words.split()
}

# Returns that were accepted, with refund ordered or made, or their papers in work.
ACCEPTED_RETURNS: Final = frozenset({2, 10, 11, 19, 20})
