"""The codes of mistakes in config files."""

from enum import StrEnum
from typing import Self


class Code(StrEnum):
    """Codes of mistakes in `config.toml` and `shops/*.toml`, each with what it means.

    Public and stable: a code never changes its meaning and is never used again for another.
    Mistakes that any TOML file can have are `toml_file.TomlCode`.
    """

    meaning: str

    def __new__(cls, code: str, meaning: str) -> Self:
        """A code that carries its meaning."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    NO_VERSION = "C101", "config.toml does not say `version`"
    OTHER_VERSION = "C102", "the version is none that this audsync reads"
    MISSING_KEY = "C103", "a key that must be there is not"
    UNKNOWN_KEY = "C104", "a key that nothing reads, mostly misspelt"
    WRONG_TYPE = "C105", "a value of another type: text for a number, a text for a list"
    NOT_ONE_OF = "C106", "a word that is none of those allowed"
    OUT_OF_RANGE = "C107", "a number outside its bounds, or an empty list or text"
    REFUSED_OPTION = "C108", "options that do not go together, by the connector's own check"
    BAD_ID = "C110", "an id of a shop or sink that is not lower-case words joined by hyphens"
    SHOP_TWICE = "C111", "a shop both in config.toml and in a file of its own"
    NO_SHOP = "C112", "no shop is configured"
    UNKNOWN_TIMEZONE = "C113", "a time zone that the zone database does not know"
    UNKNOWN_COUNTRY = "C114", "a country that is no ISO 3166-1 alpha-2 code"
    BAD_CURRENCY = "C115", "a currency that is not three upper-case letters"
    BAD_RATE = "C116", "a rate that is no decimal number above zero, written as text"
    UNKNOWN_CONNECTOR = "C117", "a source or sink of a type that is not installed"
    BROKEN_CONNECTOR = "C118", "a connector that is installed and cannot be used"
    PATH_OUTSIDE = "C119", "a path that leads out of the config folder and the data folders"
    BAD_CONSENT_FIELD = "C120", "a consent field that cannot hold an answer"
    NEWSLETTER_AS_ADVERTISING = "C121", "consent to a newsletter used as consent to advertising"
    NO_CONSENT_RULE = "C122", "no consent rule for a purpose, so nobody will be sent"
    BAD_SCHEDULE = "C123", "a schedule that cron could not read, or that never comes"
    SAME_PLACE = "C124", "two sinks that would write to the same place"
    UNANSWERED_CONSENT = "C125", "a consent field that the source does not provide"
    NEEDS_VALUES = "C126", "a sink that takes what `privacy.identities` does not let be kept"
    NO_RATE = "C127", "orders in a currency that has no rate to the shop's"
    NO_LIST = "C128", "a list of people that is not there, or cannot be read"
    BAD_PLACES = "C130", "postcodes cannot be told: a file that is wrong, data not installed"
    TABLE_TWICE = "C131", "two sources of a shop that would fill the same table"
    NO_SEGMENTS = "C132", "a folder of segments that is not there"
    MORE = "C199", "further mistakes of the same file are not listed"
    SECRET_IN_FILE = "C210", "a secret written into a file"
