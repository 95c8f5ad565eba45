"""Where the Online Retail data set is."""

import os
from pathlib import Path

_PROJECT = Path(__file__).parents[1]


def data_folder() -> Path:
    """The data set's folder: beside the project, or where the environment says."""
    folder = Path(os.environ.get("AUDSYNC_TEST_DATA", _PROJECT.parent / "shared" / "data"))
    found = folder / "online-retail"
    assert (found / "orders.csv.gz").exists(), (
        "the Online Retail data is not there; set AUDSYNC_TEST_DATA to the folder that holds it"
    )
    return found
