"""A large XML feed is read in little memory."""

import json
import subprocess
import sys

import pytest

MEGABYTE = 1 << 20
# A process of its own, since the highest memory of this one is that of all tests before.
SCRIPT = """
import json, resource, sys
import pyarrow.compute
from audsync_source_csv.cells import Wanted
from audsync_source_csv.xml_reader import XmlText

class Feed:
    def __init__(self, size):
        self.made, self.size, self.rows = 0, size, 0

    def read(self, size):
        if self.made >= self.size:
            return b""
        parts = [b"" if self.made else b"<CUSTOMERS>"]
        for _ in range(size // 400):
            number, self.rows = self.rows, self.rows + 1
            parts.append(
                b"<CUSTOMER><CUSTOMER_ID>%d</CUSTOMER_ID><EMAIL>c%d@example.com</EMAIL>"
                b"<REGISTRATION>2024-01-02T10:00:00.0+01:00</REGISTRATION>"
                b"<FIRST_NAME>Anna</FIRST_NAME><NEWSLETTER_FREQUENCY>every day"
                b"</NEWSLETTER_FREQUENCY><PARAMETERS><PARAMETER><NAME>points</NAME>"
                b"<VALUE>%d</VALUE></PARAMETER></PARAMETERS></CUSTOMER>\\n"
                % (number, number, number % 100)
            )
        self.made += sum(map(len, parts))
        if self.made >= self.size:
            parts.append(b"</CUSTOMERS>")
        return b"".join(parts)

names = ("CUSTOMER_ID", "EMAIL", "FIRST_NAME", "PARAMETERS/PARAMETER[NAME='points']/VALUE")
def high():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

before, feed = high(), Feed(int(sys.argv[1]))
text = XmlText(feed, [("customers", "customer")], None, "x.xml")
read = sum(len(cells) for cells in text.blocks([Wanted(name) for name in names]))
print(json.dumps([feed.made, feed.rows, read, high() - before]))
"""


@pytest.mark.slow
def test_a_feed_of_100_mb_takes_less_than_200_mb() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(100 * MEGABYTE)],
        capture_output=True,
        check=True,
        text=True,
        timeout=300,
    )
    size, rows, read, memory = json.loads(done.stdout)
    assert size > 100 * MEGABYTE
    assert read == rows > 300_000
    assert memory < 200 * MEGABYTE
