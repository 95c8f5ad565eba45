"""Where the generated shops lie, and whether they are those of this generator.

`python -m benchmarks.data FOLDER LINES` makes one: Parquet files and the warehouse file.
"""

import json
import shutil
import sys
from hashlib import sha256
from pathlib import Path
from typing import Final

from benchmarks import child

_HERE: Final = Path(__file__).parent
_SOURCE: Final = _HERE.parent / "src" / "audsync"
# Whatever decides what the files hold.
_MADE_BY: Final = (
    *(
        _HERE / f"{name}.py"
        for name in ("shop", "catalogue", "people", "sales", "baskets", "chance")
    ),
    _SOURCE / "tables.py",
    *sorted((_SOURCE / "warehouse").glob("*.py")),
)


def shop(lines: int, folder: Path = _HERE / "data") -> Path:
    """The folder of a shop with so many lines, made anew where the generator has changed."""
    place = folder / str(lines)
    stamp = place / "made"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != _version():
        shutil.rmtree(place, ignore_errors=True)
        child.run("benchmarks.data", [place, str(lines)])
        stamp.write_text(_version(), encoding="utf-8")
    return place


def _version() -> str:
    content = b"".join(path.read_bytes() for path in _MADE_BY)
    return sha256(content).hexdigest()


def main(folder: str, lines: str) -> None:
    """Make the shop."""
    from audsync.warehouse import Warehouse
    from benchmarks.shop import TIMEZONE, WAREHOUSE, fill_warehouse, generate

    place = Path(folder)
    generate(place, lines=int(lines))
    with Warehouse(place / WAREHOUSE, timezone=TIMEZONE) as warehouse:
        fill_warehouse(warehouse, place)
    print(json.dumps({"peak_bytes": child.peak_bytes()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
