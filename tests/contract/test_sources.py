"""Several sources as one keep the contract of sources."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from audsync.connector_checks import check_class, check_source
from audsync.contracts import Level, Source
from audsync.sources import Sources
from audsync.testing.memory_source import CANARIES, MemorySource
from audsync.testing.source_contract import SourceContract
from csv_feeds import CUSTOMERS, source

pytestmark = pytest.mark.slow
EMAIL = CANARIES[0]
NUMBERS = range(1, 8)
MESSAGES = """
[messages]
files = "messages.csv"
mode = "append"
[messages.columns]
happened_at = "at"
email = "to"
channel = { value = "email" }
event = "what"
event_id = "id"
"""


def _shop(folder: Path, numbers: Sequence[int]) -> Sources:
    """A source of changes with a cursor each, one of a whole table, one of rows that add up."""
    panel = MemorySource(page_rows=2)
    for number in numbers:
        order = {"order_id": str(number), "created_at": "2024-01-02T10:00:00", "email": EMAIL}
        panel.put("orders", [{**order, "status": "finished", "currency": "GBP"}])
    (folder / "web").mkdir()
    (folder / "mail").mkdir()
    customers = [f"{number},{EMAIL}\n" for number in numbers]
    web = source(
        folder / "web", CUSTOMERS, customers="".join(["id,email\n", *customers, ",x\n"])
    )
    events = [f"{number},2024-05-0{number},{EMAIL},opened\n" for number in numbers]
    mail = source(folder / "mail", MESSAGES, messages="".join(["id,at,to,what\n", *events]))
    return Sources({"source:memory": panel, "sources.mail:csv": mail, "sources.web:csv": web})


class TestSources(SourceContract):
    @pytest.fixture
    def source(self, tmp_path_factory: pytest.TempPathFactory) -> Source:
        return _shop(tmp_path_factory.mktemp("shop"), NUMBERS)

    @pytest.fixture
    def reordered(self, tmp_path_factory: pytest.TempPathFactory) -> Source:
        return _shop(tmp_path_factory.mktemp("reordered"), NUMBERS[::-1])

    @pytest.fixture
    def unreadable(self, tmp_path_factory: pytest.TempPathFactory) -> Source:
        folder = tmp_path_factory.mktemp("unreadable")
        made = _shop(folder, NUMBERS)
        (folder / "web" / "customers.csv").write_text(f"1,{EMAIL}\n")
        return made

    def test_what_it_says_of_itself_is_right(self, source: Source) -> None:
        """It is made of sources, as no plug-in is; all else holds of it too."""
        found = [*check_class(type(source), Source), *check_source(source)]
        assert [one.message for one in found if one.level is Level.ERROR] == [
            "Sources is not made of options and a context"
        ]
