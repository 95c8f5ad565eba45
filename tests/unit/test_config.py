"""config.toml and shops/*.toml: what is read, and from where."""

import re
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import tomli

from audsync.config import (
    config_schema,
    context,
    find_config,
    load_config,
    read_version,
    resolve_path,
)
from audsync.consent import ConsentRule
from audsync.contracts import Purpose
from audsync.errors import ConfigError
from audsync.guard_settings import GuardSettings
from audsync.model.settings import MoneyBasis
from fakes.config_files import INLINE, SHOP, load, places, refusal
from fakes.stub_connectors import SinkOptions, SourceOptions

ROOT = Path(__file__).parents[2]


def test_a_shop_inside_config_toml(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        INLINE
        + """
[shops.kolo]
name = "Kolo"
schedule = "30 3 * * 1-5"
[shops.kolo.source.customers]
files = ["a.csv", "b.csv"]
columns = { email = "E-mail", phone = { column = "Tel" } }
[shops.kolo.sinks.files]
folder = "lists"
[shops.kolo.sinks.texts]
type = "stub_ads"
purpose = "sms"
[shops.kolo.consent.sms]
field = "sms_frequency"
granted = ["every_day"]
[shops.kolo.model]
money = "net"
[shops.kolo.model.rfm]
window_days = 365
[shops.kolo.rates]
EUR = "24.315"
""",
    )
    shop = config.shops["kolo"]
    assert (shop.id, shop.name, shop.schedule) == ("kolo", "Kolo", "30 3 * * 1-5")
    assert (shop.timezone, shop.country, shop.currency) == ("Europe/Prague", "CZ", "CZK")
    assert isinstance(shop.source.options, SourceOptions)
    assert shop.source.options.customers is not None
    assert shop.source.options.customers.files == ("a.csv", "b.csv")
    assert shop.sinks["files"].options == SinkOptions("lists")
    assert shop.sinks["files"].purpose is Purpose.ADVERTISING
    assert (shop.sinks["texts"].type, shop.sinks["texts"].purpose) == ("stub_ads", Purpose.SMS)
    assert shop.consent == {
        Purpose.ADVERTISING: ConsentRule("ad_consent", ("yes",)),
        Purpose.SMS: ConsentRule("sms_frequency", ("every_day",)),
    }
    assert shop.model.money is MoneyBasis.NET
    assert shop.model.rfm.window_days == 365
    assert shop.rates == {"EUR": Decimal("24.315")}
    assert config.warnings == ()


def test_a_shop_in_a_file_of_its_own_says_the_same_without_the_header(tmp_path: Path) -> None:
    inline = load(tmp_path, INLINE).shops["kolo"]
    own = load(tmp_path, "version = 1\n", kolo=SHOP).shops["kolo"]
    assert own == inline


def test_a_shop_s_own_settings_go_before_the_defaults(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        'version = 1\n[defaults]\ntimezone = "Europe/Warsaw"\ncountry = "PL"\n'
        "[guard]\nshrink_percent = 30\nshrink_members = 5\n",
        kolo=SHOP + "[guard]\nshrink_percent = 10\n",
    )
    shop = config.shops["kolo"]
    assert (shop.timezone, shop.country) == ("Europe/Prague", "CZ")
    assert shop.guard == GuardSettings(shrink_percent=10, shrink_members=5)


def test_types_that_toml_has_not_are_made_of_those_it_has(tmp_path: Path) -> None:
    more = 'since = 2026-01-31\npace = "fast"\nshare = 1\ntags = ["a", "b"]\n'
    config = load(tmp_path, "version = 1\n", kolo=SHOP.replace("[consent]", more + "[consent]"))
    options = config.shops["kolo"].source.options
    assert isinstance(options, SourceOptions)
    assert (options.since, options.pace, options.tags) == (
        date(2026, 1, 31),
        "fast",
        ("a", "b"),
    )
    assert options.share == 1.0
    assert isinstance(options.share, float)


def test_shops_come_in_the_order_of_their_ids(tmp_path: Path) -> None:
    config = load(tmp_path, INLINE, zebra=SHOP, alfa=SHOP)
    assert list(config.shops) == ["alfa", "kolo", "zebra"]


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbf" + INLINE.replace("\n", "\r\n").encode()
    assert list(load(tmp_path, data).shops) == ["kolo"]


def test_files_that_editors_leave_beside_the_shops_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "shops").mkdir()
    (tmp_path / "shops" / ".#kolo.toml").write_text("?", encoding="utf-8")
    (tmp_path / "shops" / "kolo.toml~").write_text("?", encoding="utf-8")
    assert list(load(tmp_path, INLINE).shops) == ["kolo"]


def test_paths_are_taken_from_the_folder_of_the_config_file(tmp_path: Path) -> None:
    data = tmp_path / "elsewhere"
    folder = tmp_path / "config"
    folder.mkdir()
    config = load(
        folder,
        f'{INLINE}[paths]\nstate = "../elsewhere/state"\ndata = ["{data}"]\n',
    )
    assert config.folder == folder
    assert config.state_folder == data / "state"
    assert config.segments_folder == folder / "segments"
    assert config.data_folders == (data,)


# Versions


def test_a_config_says_its_version(tmp_path: Path) -> None:
    assert refusal(tmp_path, INLINE.removeprefix("version = 1\n")) == (
        "config.toml: error[C101]: the file does not say its version\n"
        "      = add version = 1 above the first [header]"
    )


def test_a_newer_config_is_told_as_such_and_nothing_else_is_said_of_it(tmp_path: Path) -> None:
    assert refusal(tmp_path, "version = 2\nunheard_of = true\n") == (
        "config.toml:1:11: error[C102]: "
        "made for a newer audsync: version 2, this one reads 1\n"
        "    1 | version = 2\n"
        "      |           ^\n"
        "      = update audsync"
    )


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("0", "error[C102]: there is no version 0; write version = 1"),
        ('"1"', "error[C105]: version must be a whole number"),
        ("true", "error[C105]: version must be a whole number"),
    ],
)
def test_a_wrong_version_is_told(tmp_path: Path, version: str, message: str) -> None:
    text = INLINE.replace("version = 1", f"version = {version}")
    assert places(refusal(tmp_path, text)) == [f"config.toml:1:11: {message}"]
    with pytest.raises(ConfigError) as alone:
        read_version(tmp_path / "config.toml", shown_from=tmp_path)
    assert places(str(alone.value)) == [f"config.toml:1:11: {message}"]


# Paths


def test_a_path_may_not_lead_out_of_the_config_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    config = load(tmp_path / "in", INLINE)
    (tmp_path / "in" / "link").symlink_to(tmp_path)
    resolve = context(config, config.shops["kolo"]).resolve
    assert resolve("feeds/../feeds/a.csv") == tmp_path / "in" / "feeds" / "a.csv"
    assert resolve(str(tmp_path / "in" / "a.csv")) == tmp_path / "in" / "a.csv"
    for text in ("../a.csv", "/etc/passwd", "link/a.csv", "feeds/../../a", "a\0b", "~nobody/x"):
        with pytest.raises(ConfigError, match=r"a path of shop kolo: .* leads out of "):
            resolve(text)


def test_a_path_may_lead_into_a_data_folder_also_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "in" / "feeds").symlink_to(tmp_path / "data")
    config = load(tmp_path / "in", INLINE + '[paths]\ndata = ["../data"]\n')
    assert resolve_path(config, "feeds/a.csv") == tmp_path / "data" / "a.csv"
    with pytest.raises(ConfigError, match=r'source\.files: "\.\./database" leads out of '):
        resolve_path(config, "../database", setting="source.files")


def test_a_connector_is_told_of_its_shop(tmp_path: Path) -> None:
    config = load(tmp_path, INLINE)
    told = context(config, config.shops["kolo"])
    assert (told.shop, told.timezone, told.country) == ("kolo", "Europe/Prague", "CZ")
    assert (told.currency, told.folder) == ("CZK", tmp_path)


# Which file


def test_config_files_are_looked_for_in_order(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    user = tmp_path / "home" / ".config" / "audsync"
    for folder in (here, there, user):
        folder.mkdir(parents=True)
    environ = {"HOME": str(tmp_path / "home")}
    with pytest.raises(ConfigError) as caught:
        find_config(None, environ=environ, cwd=here)
    assert str(caught.value) == (
        "no config file: neither --config nor AUDSYNC_CONFIG is given. Looked for:\n"
        f"  - {here}/config.toml\n"
        f"  - {user}/config.toml\n"
        "Make one:  audsync init"
    )
    (user / "config.toml").touch()
    assert find_config(None, environ=environ, cwd=here) == user / "config.toml"
    (here / "config.toml").touch()
    assert find_config(None, environ=environ, cwd=here) == here / "config.toml"
    (there / "other.toml").touch()
    named = {**environ, "AUDSYNC_CONFIG": str(there / "other.toml")}
    assert find_config(None, environ=named, cwd=here) == there / "other.toml"
    assert find_config(Path("config.toml"), environ=named, cwd=here) == here / "config.toml"


def test_a_file_that_is_named_and_is_not_there_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "config.toml").touch()
    with pytest.raises(ConfigError, match="no such file, named by AUDSYNC_CONFIG"):
        find_config(None, environ={"AUDSYNC_CONFIG": "x.toml"}, cwd=tmp_path)
    with pytest.raises(ConfigError, match=r"x\.toml: no such file, named by --config"):
        find_config(Path("x.toml"), environ={}, cwd=tmp_path)


def test_the_user_s_config_folder_may_be_moved(tmp_path: Path) -> None:
    file = tmp_path / "xdg" / "audsync" / "config.toml"
    file.parent.mkdir(parents=True)
    file.touch()
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "xdg"), "HOME": "/nowhere"}
    assert find_config(None, environ=environ, cwd=tmp_path) == file
    relative = {"XDG_CONFIG_HOME": "xdg", "HOME": "/nowhere"}
    with pytest.raises(ConfigError, match=r"/nowhere/\.config/audsync/config\.toml"):
        find_config(None, environ=relative, cwd=tmp_path)


def test_a_folder_of_segments_that_is_not_there_is_a_warning_and_one_of_shops_may_be_no_file(
    tmp_path: Path,
) -> None:
    text = INLINE + '[paths]\nsegments = "segmnets"\n'
    (told,) = load(tmp_path, text).warnings
    assert (told.code, told.line) == ("C132", 13)
    (tmp_path / "segmnets").mkdir()
    assert load(tmp_path, text).warnings == ()
    (tmp_path / "shops").touch()
    assert "shops: error[T105]: cannot be read: not a directory" in refusal(tmp_path, INLINE)


def test_a_shop_s_file_with_a_suffix_in_capitals_is_told(tmp_path: Path) -> None:
    (tmp_path / "shops").mkdir()
    for name in ("other.TOML", ".kolo.toml"):
        (tmp_path / "shops" / name).write_text(SHOP, encoding="utf-8")
    (told,) = places(refusal(tmp_path, INLINE))
    assert told.startswith("shops/other.TOML")
    assert "error[C1" in told


# The example


def test_the_example_config_is_right_and_says_everything() -> None:
    file = ROOT / "config.example.toml"
    config = load_config(file)
    assert config.warnings == ()
    assert type(config.shops["demo"].source.options).__name__ == "CsvOptions"
    schema = config_schema()
    text = file.read_text(encoding="utf-8")
    jsonschema.validate(tomli.loads(text), schema)
    shop = schema["properties"].pop("shops")["additionalProperties"]
    for connectors in ("source", "sources", "sinks"):
        assert shop["properties"].pop(connectors)
    assert _left_out(schema, "", text) == []
    assert _left_out(shop, "shops.demo", text) == []


# A table whose entries have ids, and the one that the example has.
_NAMED = {"shops.demo.lists": "staff"}
# Tables whose keys the example shows in another one.
_LIKE_ANOTHER = tuple(
    f"shops.demo.{name}" for name in ("engine", "privacy", "guard", "consent.sms")
)


def _left_out(schema: dict[str, Any], header: str, text: str) -> list[str]:
    """Keys of a table that the example shows neither as they are nor behind a `#`."""
    start = f"[{header}]\n" if header else ""
    body = text.partition(f"\n{start}")[2].partition("\n[")[0] if header else text
    missing: list[str] = []
    for key, value in schema["properties"].items():
        inner = f"{header}.{key}".removeprefix(".")
        if inner in _LIKE_ANOTHER:
            continue
        if inner in _NAMED:
            below = value["additionalProperties"]
            missing += _left_out(below, f"{inner}.{_NAMED[inner]}", text)
        elif "properties" in value:
            missing += _left_out(value, inner, text)
        elif f"\n[{inner}]\n" not in text and not re.search(
            rf"^(?:# )?{re.escape(key)} = ", body, re.MULTILINE
        ):
            missing.append(inner)
    return missing


def test_what_the_example_shows_behind_a_sign_is_right_too(tmp_path: Path) -> None:
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    shown = re.sub(r"^# (?=[a-z_]+ = )", "", text, flags=re.MULTILINE)
    shown = re.sub(r'^(location|file = "districts).*\n', "", shown, flags=re.MULTILINE)
    assert shown.count("\n# ") < text.count("\n# ")
    (tmp_path / "config.toml").write_text(shown, encoding="utf-8")
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "staff.csv").touch()
    load_config(tmp_path / "config.toml")


def test_loading_imports_no_heavy_package(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(INLINE, encoding="utf-8")
    program = (
        "import sys; from pathlib import Path\n"
        "import audsync.config\n"
        "assert 'pydantic' not in sys.modules\n"
        "from fakes.stub_connectors import SINKS, SOURCES\n"
        "audsync.config.load_config(Path('config.toml'), sources=SOURCES, sinks=SINKS)\n"
        "heavy = {'pandas', 'pyarrow', 'duckdb', 'numpy', 'scipy', 'requests'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT / "tests")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
