"""How mistakes in config.toml and shops/*.toml are told, and what is only a warning."""

from pathlib import Path

import jsonschema
import pytest
import tomli

from audsync.config import (
    Code,
    config_schema,
    load_config,
)
from audsync.consent import BroadConsentRule
from audsync.contracts import Purpose
from audsync.errors import ConfigError
from fakes.config_files import HEAD, INLINE, SHOP, load, places, refusal
from fakes.config_mistakes import MISTAKES
from fakes.stub_connectors import SINKS, SOURCES, plugin


@pytest.mark.parametrize(("added", "first", "hint"), MISTAKES)
def test_a_mistake_is_told_at_its_place(
    tmp_path: Path, added: str, first: str, hint: str | None
) -> None:
    lines = refusal(tmp_path, INLINE + added).split("\n")
    line, rest = first.split(":", 1)
    assert lines[0] == f"config.toml:{HEAD + int(line)}:{rest}"
    assert lines[3:] == ([f"      = {hint}"] if hint else [])


def test_a_mistake_shows_its_line_and_underlines_it(tmp_path: Path) -> None:
    assert refusal(tmp_path, INLINE + "[guard]\nshrink_percnt = 20 # of all\n") == (
        'config.toml:13:1: error[C104]: unknown key "shrink_percnt"\n'
        "    13 | shrink_percnt = 20 # of all\n"
        "       | ^^^^^^^^^^^^^\n"
        '      = did you mean "shrink_percent"?'
    )


OPTIONS = [
    ("page_size = 0", "page_size must be at least 1", None),
    ("page_size = 501", "page_size must be at most 500", None),
    ('prefix = "a"', "prefix must not be shorter than 2", None),
    ('verify = "True"', "verify must be true or false", "without quotes: true"),
    ("since = 5", "since must be a date, such as 2026-01-31", None),
    ('since = "soon"', "since must be a date, such as 2026-01-31", None),
    ('price = "x"', 'price must be a decimal number in quotes, such as "4.31"', None),
    ('tags = "a"', "tags must be a list", 'in brackets: ["a"]'),
    ("lookup = 5", "lookup must be a table", None),
    (
        'mode = "appendix"',
        '"appendix" is no value of mode: it is "full" or "append"',
        'did you mean "append"?',
    ),
]


@pytest.mark.parametrize(("option", "message", "hint"), OPTIONS)
def test_an_option_of_a_connector_is_told_in_the_same_words(
    tmp_path: Path, option: str, message: str, hint: str | None
) -> None:
    text = INLINE.replace('type = "stub"\n', f'type = "stub"\n{option}\n')
    lines = refusal(tmp_path, text).split("\n")
    code, column = lines[0].split("]: ")[0].partition("error[")[2], option.index("=") + 3
    assert lines[0] == f"config.toml:8:{column}: error[{code}]: {message}"
    assert code in {"C105", "C106", "C107"}
    assert lines[3:] == ([f"      = {hint}"] if hint else [])
    schema = config_schema(sources=SOURCES, sinks=SINKS)
    checked = jsonschema.Draft7Validator(schema)
    judged_only_here = ("since", "price", "prefix")
    assert option.startswith(judged_only_here) or not checked.is_valid(tomli.loads(text))


def test_a_shop_without_a_source_is_told_at_its_header(tmp_path: Path) -> None:
    text = 'version = 1\n[shops.kolo]\ntimezone = "Europe/Prague"\ncountry = "CZ"\n'
    assert places(refusal(tmp_path, text)) == [
        'config.toml:2:8: error[C103]: missing key "source"',
        'config.toml:2:8: error[C103]: missing key "currency"',
        (
            "config.toml:2:8: warning[C122]: "
            "no rule says who consented to advertising, so nobody will be sent"
        ),
    ]


def test_a_missing_option_is_told_with_its_meaning(tmp_path: Path) -> None:
    text = INLINE.replace('url = "https://kolo.example"\n', "")
    assert refusal(tmp_path, text) == (
        'config.toml:6:13: error[C103]: missing key "url"\n'
        "    6 | [shops.kolo.source]\n"
        "      |             ^^^^^^\n"
        "      = url: Address of the shop, such as https://shop.example.com."
    )


def test_advertising_consent_is_a_field_and_its_granted_values(tmp_path: Path) -> None:
    text = INLINE.replace('granted = ["yes"]\n', "")
    assert places(refusal(tmp_path, text)) == [
        'config.toml:9:13: error[C103]: missing key "granted"'
    ]


@pytest.mark.parametrize("field", ["newsletter_frequency", "sms_frequency"])
def test_consent_to_messages_is_no_consent_to_advertising(tmp_path: Path, field: str) -> None:
    text = INLINE.replace("ad_consent", field).replace('"yes"', '"every_day"')
    assert refusal(tmp_path, text) == (
        f"config.toml:10:9: error[C121]: "
        f"{field} is consent to messages, not to advertising elsewhere\n"
        f'    10 | field = "{field}"\n'
        f"       |         {'^' * (len(field) + 2)}\n"
        "      = use the column of the advertising consent; or, if the customers were told so, "
        "add newsletter_counts_as_advertising = true"
    )
    config = load(tmp_path, text + "newsletter_counts_as_advertising = true\n")
    rule = config.shops["kolo"].consent[Purpose.ADVERTISING]
    assert rule == BroadConsentRule(field, ("every_day",))


def test_consent_to_messages_alone_is_no_rule_for_advertising(tmp_path: Path) -> None:
    text = INLINE.replace("shops.kolo.consent", "shops.kolo.consent.newsletter")
    config = load(tmp_path, text)
    assert set(config.shops["kolo"].consent) == {Purpose.NEWSLETTER}
    assert [warning.code for warning in config.warnings] == ["C122"]


# Warnings


def test_a_shop_without_a_consent_rule_is_a_warning_and_no_mistake(tmp_path: Path) -> None:
    text = INLINE.partition("[shops.kolo.consent]")[0] + "[shops.kolo.sinks.files]\n"
    config = load(tmp_path, text)
    assert config.shops["kolo"].consent == {}
    assert [str(problem) for problem in config.warnings] == [
        (
            "config.toml:6:8: warning[C122]: "
            "no rule says who consented to advertising, so nobody will be sent\n"
            "    6 | [shops.kolo.source]\n"
            "      |        ^^^^\n"
            "      = add [shops.kolo.consent] with field and granted"
        )
    ]


def test_each_purpose_of_a_sink_wants_its_own_rule(tmp_path: Path) -> None:
    config = load(
        tmp_path, "version = 1\n", kolo=SHOP + '[sinks.files]\npurpose = "newsletter"\n'
    )
    [warning] = config.warnings
    assert warning.message.startswith("no rule says who consented to newsletter")
    assert warning.hint == "add [consent.newsletter] with field and granted"


def test_a_config_without_shops_is_a_warning(tmp_path: Path) -> None:
    [warning] = load(tmp_path, "version = 1\n").warnings
    assert str(warning) == (
        "config.toml: warning[C112]: no shop is configured\n"
        "      = add [shops.<id>] here, or a file shops/<id>.toml"
    )


# Secrets


SECRETS = [
    ('[shops.kolo.source.auth]\napi_key = "canary"', "2:11", "stub_api_key --shop kolo"),
    ('[shops.kolo.source.auth]\nstub_token = "canary"', "2:14", "stub_token --shop kolo"),
    ('[shops.kolo.sinks.my-ads]\nx.token = "canary"', "2:11", "my_ads_token --shop kolo"),
    ('[[shops.kolo.sinks.x.keys]]\ntoken = "canary"', "2:9", "x_token --shop kolo"),
    ('[shops.kolo]\ndb_password = "canary"', "2:15", "db_password --shop kolo"),
    ('[paths]\nclient_secret = ["canary"]', "2:17", "client_secret --shop SHOP"),
]


@pytest.mark.parametrize(("added", "place", "command"), SECRETS)
def test_a_secret_in_config_toml_is_refused_and_not_shown(
    tmp_path: Path, added: str, place: str, command: str
) -> None:
    message = refusal(tmp_path, INLINE + added)
    line, column = place.split(":")
    assert (
        f"config.toml:{HEAD + int(line)}:{column}: error[C210]: "
        f"secrets do not belong in files; run: audsync secrets set {command}\n"
    ) in message
    assert "canary" not in message


def test_a_secret_in_a_shop_s_own_file_is_refused_once(tmp_path: Path) -> None:
    shop = SHOP.replace("[consent]", 'api_key = "canary"\n[consent]')
    assert refusal(tmp_path, "version = 1\n", kolo=shop) == (
        "shops/kolo.toml:8:11: error[C210]: secrets do not belong in files; "
        "run: audsync secrets set stub_api_key --shop kolo\n"
        "    8 | api_key = ***\n"
        "      |           ^^^"
    )


def test_a_secret_of_the_wrong_type_is_not_shown_either(tmp_path: Path) -> None:
    assert "77001" not in refusal(
        tmp_path, INLINE + "[shops.kolo.sinks.files]\ntoken = 77001\n"
    )


# Several files, many mistakes


def test_the_mistakes_of_all_files_are_told_at_once_in_order(tmp_path: Path) -> None:
    message = refusal(
        tmp_path,
        INLINE + "[guard]\nshrink = 1\n[shops.kolo.model]\nmoney = 1\n",
        alfa=SHOP.replace('CZ"', 'Cz"') + "x = ?\n",
        beta="url = 1\n",
        Gama=SHOP,
        kolo=SHOP,
    )
    assert places(message) == [
        "config.toml:6:8: error[C111]: shop kolo is here and in shops/kolo.toml",
        'config.toml:13:1: error[C104]: unknown key "shrink"',
        'config.toml:15:9: error[C105]: money must be "net" or "gross"',
        'shops/Gama.toml: error[C110]: "Gama" cannot be the id of a shop',
        "shops/alfa.toml:11:5: error[T101]: this is no value",
        'shops/beta.toml: error[C103]: missing key "source"',
        (
            "shops/beta.toml: warning[C122]: "
            "no rule says who consented to advertising, so nobody will be sent"
        ),
        'shops/beta.toml:1:1: error[C104]: unknown key "url"',
    ]


def test_a_config_that_is_no_toml_hides_no_shop_that_is_none(tmp_path: Path) -> None:
    message = refusal(tmp_path, "version = 1\n[shops\n", kolo="a = “x”\n", alfa=SHOP)
    assert places(message) == [
        "config.toml:2:7: error[T101]: the header does not end in ]",
        "shops/kolo.toml:1:5: error[T101]: this is not a straight quotation mark",
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "cp1250"])
def test_a_file_in_another_encoding_is_told(tmp_path: Path, encoding: str) -> None:
    text = INLINE.replace("[shops.kolo.source]", '[shops.kolo]\nname = "Kolečko"\n[x]')
    message = refusal(tmp_path, text.encode(encoding))
    assert "error[T102]: not saved as UTF-8" in message
    place = {"utf-16": "1:1", "cp1250": "7:13"}[encoding]
    assert message.startswith(f"config.toml:{place}: ")


def test_at_most_twenty_mistakes_of_a_file_are_listed(tmp_path: Path) -> None:
    more = "".join(f"unknown_{number} = 1\n" for number in range(25))
    lines = places(refusal(tmp_path, INLINE + "[guard]\n" + more, kola="x = 1\n" + SHOP))
    assert len(lines) == 20 + 1 + 1
    assert lines[19] == 'config.toml:32:1: error[C104]: unknown key "unknown_19"'
    assert lines[20] == "config.toml:33:1: error[C199]: and 5 more in this file"
    assert lines[21] == 'shops/kola.toml:1:1: error[C104]: unknown key "x"'


def test_wrong_defaults_do_not_make_every_shop_complain(tmp_path: Path) -> None:
    text = INLINE.replace('country = "CZ"', 'country = "Cz"\ncounty = "CZ"')
    assert places(refusal(tmp_path, text)) == [
        'config.toml:4:11: error[C114]: there is no country "Cz"',
        'config.toml:5:1: error[C104]: unknown key "county"',
    ]


def test_a_default_of_the_wrong_kind_is_told_where_it_stands_alone(tmp_path: Path) -> None:
    text = INLINE.replace('country = "CZ"', "country = 2026-01-31").replace('"CZK"', "5")
    assert places(refusal(tmp_path, text)) == [
        "config.toml:4:11: error[C105]: country must be text in quotes",
        "config.toml:5:12: error[C105]: currency must be text in quotes",
    ]


def test_codes_keep_their_meaning() -> None:
    assert " ".join(code.value for code in Code) == (
        "C101 C102 C103 C104 C105 C106 C107 C108 C110 C111 C112 C113 C114 C115 C116 C117 C118 "
        "C119 C120 C121 C122 C123 C124 C125 C126 C127 C128 C130 C131 C132 C199 C210"
    )
    assert Code.UNKNOWN_KEY.value == "C104"
    assert Code.UNKNOWN_KEY.meaning == "a key that nothing reads, mostly misspelt"
    assert len({code.meaning for code in Code}) == len(Code)


# Connectors that cannot be used


def test_a_broken_connector_is_told_where_it_is_used(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(INLINE, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(
            tmp_path / "config.toml",
            sources={"stub": plugin("stub", "Missing")},
            sinks=SINKS,
            shown_from=tmp_path,
        )
    [problem] = caught.value.problems
    assert (problem.code, problem.line, problem.column) == ("C118", 7, 8)
    assert problem.message.startswith(
        'connector "stub" of package audsync-stub 1.0 cannot be loaded: '
    )


def test_options_that_cannot_be_read_are_the_fault_of_their_package(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        INLINE + "[shops.kolo.sinks.files]\n", encoding="utf-8"
    )
    with pytest.raises(
        ConfigError, match="of package audsync-stub: its options cannot be read"
    ):
        load_config(
            tmp_path / "config.toml",
            sources=SOURCES,
            sinks={"files": plugin("files", "UnreadableSink")},
            shown_from=tmp_path,
        )


def test_without_connectors_the_message_says_that_none_is_installed(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(INLINE, encoding="utf-8")
    with pytest.raises(ConfigError, match="= installed sources: none"):
        load_config(tmp_path / "config.toml", sources={}, sinks={})
