"""Where the files of the feeds are: in folders, or at addresses from which they are fetched."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from audsync.http import fetch, shown_url
from audsync_source_csv.files import CONNECTOR, LocalFile, is_address, local_file, matching

if TYPE_CHECKING:
    from audsync.contracts import Context
    from audsync_source_csv.options import CsvOptions, Feed

Known = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Place:
    """A file of a feed and, unless it is at an address and unchanged, what it holds now."""

    key: str
    sha256: str
    size: int
    etag: str | None = None
    url: str | None = None
    file: LocalFile | None = None

    def known(self) -> dict[str, object]:
        """What the cursor keeps of it."""
        return {"sha256": self.sha256, "etag": self.etag, "size": self.size}


class Locations:
    """The files of feeds; what is fetched is kept in `folder`."""

    def __init__(self, options: "CsvOptions", context: "Context", folder: Path) -> None:
        self._options = options
        self._context = context
        self._folder = folder

    def places(self, feed: "Feed", known: Known) -> list[Place]:
        """The files of a feed as they are now, in order, each once."""
        found: dict[str, Place] = {}
        for pattern in feed.patterns():
            if is_address(pattern):
                place = self._fetched(pattern, known.get(address_key(pattern)))
                found.setdefault(place.key, place)
                continue
            for name, path in matching(pattern, self._context):
                if name not in found:
                    file = local_file(path, name)
                    found[name] = Place(name, file.sha256, file.size, file=file)
        return list(found.values())

    def file(self, place: Place) -> LocalFile:
        """What a file holds; fetches it where that was not needed before."""
        if place.file is None and place.url is not None:
            place = self._fetched(place.url, None)
        assert place.file is not None  # noqa: S101 -- without `If-None-Match` there is a file
        return place.file

    def _fetched(self, url: str, known: Mapping[str, object] | None) -> Place:
        etag = known.get("etag") if known else None
        key = address_key(url)
        to = self._folder / hashlib.sha256(key.encode()).hexdigest()
        bundle = self._options.ca_bundle
        answer = fetch(
            url,
            connector=CONNECTOR,
            to=to,
            headers={"If-None-Match": etag} if isinstance(etag, str) else None,
            allow_private=self._options.allow_private_network,
            ca_bundle=self._context.resolve(bundle) if bundle else None,
            max_bytes=self._options.max_size_mb << 20,
            answered=self._context.answered,
        )
        if answer.not_modified and known is not None and isinstance(etag, str):
            size = known.get("size")
            return Place(
                key, str(known.get("sha256")), size if isinstance(size, int) else 0, etag, url
            )
        file = local_file(to, shown_url(url))
        return Place(key, file.sha256, file.size, answer.etag, url, file)


def address_key(url: str) -> str:
    """The name of an address in the cursor: its query, which may hold a key, only hashed."""
    query = urlsplit(url).query
    mark = f"?{hashlib.sha256(query.encode()).hexdigest()[:16]}" if query else ""
    return shown_url(url) + mark
