"""Plans sent through sinks: in batches, journalled, retried, settled, resumed after a crash.

`resume` comes first in every run and brings what the last one left into the member files;
`deliver` sends the plans made after that.
"""

from audsync.deliver.batches import check_rows, make_batch
from audsync.deliver.erasing import erase_everywhere
from audsync.deliver.results import AudienceResult, gravest
from audsync.deliver.sending import deliver
from audsync.deliver.settling import resume
from audsync.deliver.sharing import bundled

__all__ = [
    "AudienceResult",
    "bundled",
    "check_rows",
    "deliver",
    "erase_everywhere",
    "gravest",
    "make_batch",
    "resume",
]
