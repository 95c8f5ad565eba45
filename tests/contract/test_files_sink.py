"""The sink connector `files` keeps the contract, and its files are what is promised."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from audsync.contracts import AudienceSpec, Context, Level, Operation
from audsync.errors import RejectedError
from audsync.identity.digests import digest
from audsync.match_keys import match_keys
from audsync.testing.sink_contract import SPEC, SinkContract
from audsync_sink_files import FilesOptions, FilesSink
from audsync_sink_meta import MetaOptions, MetaSink

if TYPE_CHECKING:
    from audsync.contracts import Sink

VECTORS = Path(__file__).parents[1] / "vectors"
HEADER = (
    "Name,First Name,Last Name,Email Address,Date Registered,Country,Postal Code,Lifetime Spend"
)
PEOPLE = pa.table(
    {
        "client_id": ["1", "2"],
        "full_name": ["=cmd(1)", 'Ana, the "first"'],
        "first_name": ["@ana", "Ana"],
        "last_name": ["\tB\r\nC", None],
        "email": ["a@example.com", "b@example.com"],
        "registered": ["2024-05-01", None],
        "country": ["GB", "GB"],
        "zip": ["-1", "EC1A 1AA"],
        "total_revenue_minor": ["123456", "5"],
        "currency": ["GBP", "JPY"],
    }
)


def context(folder: Path) -> Context:
    return Context("shop", "UTC", "GB", "GBP", folder, lambda text: folder / text)


class Folder:
    def __init__(self, path: Path) -> None:
        self.path = path

    def members(self, remote_id: str) -> list[str]:
        return (self.path / remote_id).read_text("utf-8").splitlines()[1:]


class TestFilesHashed(SinkContract):
    layout = "hashed"
    keys = "audsync"
    vectors = VECTORS / "files-hashed.json"

    @pytest.fixture
    def platform(self, tmp_path: Path) -> Folder:
        return Folder(tmp_path / "out")

    @pytest.fixture
    def sink(self, platform: Folder) -> "Sink":
        options = FilesOptions(layout=self.layout, keys=self.keys, max_batch=50)  # type: ignore[arg-type]  # a class attribute is no literal
        return FilesSink(options, context(platform.path.parent))

    def restarted(self, platform: Folder) -> "Sink":
        options = FilesOptions(layout=self.layout, keys=self.keys, max_batch=50)  # type: ignore[arg-type]  # as above
        return FilesSink(options, context(platform.path.parent))

    def lose(self, platform: Folder, remote_id: str) -> None:
        (platform.path / remote_id).unlink()

    def occupy(self, platform: Folder, spec: AudienceSpec) -> None:
        platform.path.mkdir()
        (platform.path / f"{spec.key.rpartition('.')[2]}.csv").write_text("name,phone\n")


class TestFilesMeta(TestFilesHashed):
    keys = "meta"
    vectors = VECTORS / "meta-keys.json"


class TestFilesGoogle(TestFilesHashed):
    keys = "google"

    @pytest.fixture(autouse=True)
    def _without_whole_addresses(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A file has the parts of an address, and not the key that they have together."""
        vectors = json.loads((VECTORS / "google-keys.json").read_text("utf-8"))
        path = tmp_path / "vectors.json"
        path.write_text(json.dumps([one for one in vectors if one["key"] != "address"]))
        monkeypatch.setattr(type(self), "vectors", path)


class TestFilesRetail(TestFilesHashed):
    layout = "retail"
    vectors = VECTORS / "files-retail.json"


@pytest.fixture
def files(tmp_path: Path) -> Callable[[str], FilesSink]:
    def make(layout: str = "hashed") -> FilesSink:
        options = FilesOptions(layout=layout)  # type: ignore[arg-type]  # chosen by the test
        return FilesSink(options, context(tmp_path))

    return make


def test_a_batch_of_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="`max_batch` is 1 or more"):
        FilesOptions(max_batch=0)


def add(sink: FilesSink, rows: pa.Table) -> None:
    kit = SinkContract()
    kit.deliver(sink, sink.open(SPEC, None), Operation.ADD, rows)


def test_the_hashed_file_has_a_header_sorted_rows_and_line_feeds(
    files: Callable[[str], FilesSink], tmp_path: Path
) -> None:
    sink = files("hashed")
    rows = SinkContract().rows(sink, 20)
    add(sink, rows)
    data = (tmp_path / "out" / "people.csv").read_bytes()
    lines = data.decode().split("\n")
    assert lines[0] == (
        "hashed_email,hashed_phone,hashed_first_name,hashed_last_name,country_code,zip"
    )
    assert lines[1:-1] == sorted(lines[1:-1])
    assert len(lines) == 22
    assert b"\r" not in data


def test_the_same_members_give_the_same_bytes_in_whatever_order_they_came(
    files: Callable[[str], FilesSink], tmp_path: Path
) -> None:
    sink, path = files("hashed"), tmp_path / "out" / "people.csv"
    rows = SinkContract().rows(sink, 9)
    add(sink, rows)
    first = path.read_bytes()
    path.unlink()
    for start in (6, 3, 0):
        add(sink, rows.slice(start, 3))
    assert path.read_bytes() == first


def test_files_are_the_owners_only(files: Callable[[str], FilesSink], tmp_path: Path) -> None:
    add(files("hashed"), SinkContract().rows(files("hashed"), 1))
    path = tmp_path / "out" / "people.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_send_that_changes_nothing_does_not_touch_the_file(
    files: Callable[[str], FilesSink], tmp_path: Path
) -> None:
    sink = files("hashed")
    add(sink, SinkContract().rows(sink, 5))
    before = (tmp_path / "out" / "people.csv").stat()
    add(sink, SinkContract().rows(sink, 5))
    after = (tmp_path / "out" / "people.csv").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize(
    "foreign", [b"", b"name,phone\n", b"\xff\xfe", b"hashed_email\n", b"caf\xe9\n"]
)
def test_a_file_of_somebody_else_is_refused_and_stays(
    files: Callable[[str], FilesSink], tmp_path: Path, foreign: bytes
) -> None:
    path = tmp_path / "out" / "people.csv"
    path.parent.mkdir()
    path.write_bytes(foreign)
    with pytest.raises(RejectedError) as caught:
        files("hashed").open(SPEC, None)
    assert "move the file away" in caught.value.remedy
    assert path.read_bytes() == foreign
    assert files("hashed").check()[0].level is Level.WARNING


def test_a_file_of_the_other_layout_is_refused(files: Callable[[str], FilesSink]) -> None:
    files("retail").open(SPEC, None)
    with pytest.raises(RejectedError):
        files("hashed").open(SPEC, None)


def test_the_retail_layout_shows_formulas_as_text_and_spend_as_an_amount(
    files: Callable[[str], FilesSink], tmp_path: Path
) -> None:
    sink = files("retail")
    add(sink, match_keys(sink.key_rules, PEOPLE).rows.drop_columns(["client_id"]))
    assert (tmp_path / "out" / "people.csv").read_text("utf-8").split("\n") == [
        HEADER,
        '"Ana, the ""first""",Ana,,b@example.com,,GB,EC1A 1AA,5',
        "'=cmd(1),'@ana,' B C,a@example.com,2024-05-01,GB,'-1,1234.56",
        "",
    ]


def test_what_the_retail_layout_altered_is_found_again_to_be_removed(
    files: Callable[[str], FilesSink], tmp_path: Path
) -> None:
    sink = files("retail")
    rows = match_keys(sink.key_rules, PEOPLE).rows.drop_columns(["client_id"])
    add(sink, rows)
    SinkContract().deliver(sink, sink.open(SPEC, None), Operation.REMOVE, rows.slice(0, 1))
    text = (tmp_path / "out" / "people.csv").read_text("utf-8")
    assert "a@example.com" not in text
    assert "b@example.com" in text


def test_erasure_takes_a_person_out_of_every_file(
    files: Callable[[str], FilesSink], tmp_path: Path
) -> None:
    sink = files("hashed")
    rows = SinkContract().rows(sink, 3)
    for segment in ("one", "two"):
        audience = sink.open(AudienceSpec(f"shop.{segment}", segment), None)
        SinkContract().deliver(sink, audience, Operation.ADD, rows)
    (tmp_path / "out" / "other.csv").write_text("not ours\n")
    # Erased by one key alone: the e-mail address of the first, the phone of the second.
    keys = pa.table(
        {
            name: pa.array(
                [
                    rows[name][0].as_py() if name == "hashed_email" else None,
                    rows[name][1].as_py() if name == "hashed_phone" else None,
                ],
                pa.string(),
            )
            for name in rows.column_names
        }
    )
    receipt = sink.erase(keys)
    outcome = sink.settle(receipt)
    assert outcome is not None
    assert outcome.accepted == 2
    for segment in ("one", "two"):
        left = (tmp_path / "out" / f"{segment}.csv").read_text("utf-8").splitlines()[1:]
        assert [line[:64] for line in left] == [rows["hashed_email"][2].as_py()]
    assert (tmp_path / "out" / "other.csv").read_text() == "not ours\n"


def test_a_folder_that_cannot_be_written_is_told_with_a_remedy(
    files: Callable[[str], FilesSink], tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("a file where the folder should be")
    assert files("hashed").check()[0].level is Level.ERROR
    with pytest.raises(RejectedError, match="cannot be written") as caught:
        files("hashed").open(SPEC, None)
    assert "space on the disk" in caught.value.remedy


def test_a_run_before_the_first_finds_no_fault(files: Callable[[str], FilesSink]) -> None:
    assert [one.level for one in files("hashed").check()] == [Level.OK]
    files("hashed").open(SPEC, None)
    assert [one.level for one in files("hashed").check()] == [Level.OK]


def test_a_file_for_meta_has_the_digests_of_the_sink_meta(tmp_path: Path) -> None:
    sink = FilesSink(FilesOptions(keys="meta"), context(tmp_path))
    meta = MetaSink(MetaOptions(account="1"), context(tmp_path))
    people = PEOPLE.append_column("phone", pa.array(["+420601000001", None]))
    people = people.append_column("city", pa.array(["Brno", None]))
    add(sink, match_keys(sink.key_rules, people).rows.drop_columns(["client_id"]))
    header, *lines = (tmp_path / "out" / "people.csv").read_text("utf-8").splitlines()
    sent = match_keys(meta.key_rules, people).rows.drop_columns(["client_id"])
    assert header == ",".join(sent.column_names).lower()
    assert lines == sorted(
        ",".join(text or "" for text in row.values()) for row in sent.to_pylist()
    )


def google_file(folder: Path, per_person: int = 3) -> FilesSink:
    return FilesSink(FilesOptions(keys="google", per_person=per_person), context(folder))


FURTHER: dict[str, list[str | None]] = {
    "phone": ["+420601000001", None],
    "email_2": ["a@example.org", None],
    "email_3": [None, None],
    "phone_2": ["+420601000002", None],
    "phone_3": [None, None],
}
SEVERAL = pa.table(
    {
        name: pa.array(texts, pa.string())
        for name, texts in {**PEOPLE.to_pydict(), **FURTHER}.items()
    }
)


def several(sink: FilesSink) -> pa.Table:
    return match_keys(sink.key_rules, SEVERAL).rows.drop_columns(["client_id"])


def emails_in(folder: Path) -> list[set[str]]:
    header, *lines = (folder / "out" / "people.csv").read_text("utf-8").splitlines()
    count = header.split(",").count("Email")
    return sorted(({*line.split(",")[:count]} - {""} for line in lines), key=len)


ANNAS, BEAS = {digest("a@example.com"), digest("a@example.org")}, {digest("b@example.com")}


def test_a_file_for_google_repeats_the_title_for_each_address_and_number(
    tmp_path: Path,
) -> None:
    sink = google_file(tmp_path)
    add(sink, several(sink))
    header = (tmp_path / "out" / "people.csv").read_text("utf-8").splitlines()[0]
    assert header == ("Email,Email,Email,Phone,Phone,Phone,First Name,Last Name,Country,Zip")
    assert emails_in(tmp_path) == [BEAS, ANNAS]


def test_a_person_is_erased_by_whichever_address_the_platform_has(tmp_path: Path) -> None:
    sink = google_file(tmp_path)
    rows = several(sink)
    add(sink, rows)
    nothing = pa.nulls(1, pa.string())
    keys = pa.table(dict.fromkeys(rows.column_names, nothing))
    first = keys.set_column(0, "email", pa.array([digest("a@example.org")]))
    sink.erase(first)
    assert emails_in(tmp_path) == [BEAS]


def test_a_file_with_another_number_of_addresses_is_taken_over(tmp_path: Path) -> None:
    old = google_file(tmp_path, 1)
    add(old, several(old))
    assert emails_in(tmp_path) == [{digest("a@example.com")}, BEAS]
    new = google_file(tmp_path)
    assert [one.level for one in new.check()] == [Level.OK]
    nobody = pa.nulls(2, pa.string())
    rows = several(new)
    delivered = rows
    for name in ("email_2", "phone_2"):
        delivered = delivered.set_column(rows.column_names.index(name), name, nobody)
    kit, audience = SinkContract(), new.open(SPEC, None)
    kit.deliver(new, audience, Operation.REMOVE, delivered.slice(0, 1))
    assert emails_in(tmp_path) == [BEAS]
    kit.deliver(new, audience, Operation.ADD, rows.slice(0, 1))
    assert emails_in(tmp_path) == [BEAS, ANNAS]
    assert [one.size for one in [google_file(tmp_path, 1).open(SPEC, None)]] == [2]


@pytest.mark.parametrize("per_person", [0, 5])
def test_a_file_has_no_more_addresses_than_google_takes(per_person: int) -> None:
    with pytest.raises(ValueError, match="`per_person` is 1 to 4"):
        FilesOptions(keys="google", per_person=per_person)
