"""The version of the form of config.toml."""

from pathlib import Path

from audsync.config.codes import Code
from audsync.config.problems import Problems, Section
from audsync.config.schema import VERSION
from audsync.errors import ConfigError
from audsync.toml_file import read_toml


def read_version(file: Path, *, shown_from: Path) -> int:
    """The version that a config.toml says it is of, whatever else is wrong with it.

    Raises ConfigError where it says none, or one that this audsync does not read.
    """
    shown = file.relative_to(shown_from) if file.is_relative_to(shown_from) else file
    read = read_toml(file, str(shown))
    root = Section(read, (), read.data, Problems())
    check_version(root)
    version = root.data.get("version")
    if version is not None and not is_number(version):
        root.complain(Code.WRONG_TYPE, "version must be a whole number", "version", value=True)
    if root.problems.has_errors:
        raise ConfigError(root.problems.listed())
    return int(root.data["version"])


def check_version(root: Section) -> None:
    """Tell of a version that is not there; raises ConfigError for a newer file.

    Of such a file nothing else may be said. One that is no number is left to whoever checks
    the types of keys.
    """
    version = root.data.get("version")
    if version is None:
        hint = f"add version = {VERSION} above the first [header]"
        root.complain(
            Code.NO_VERSION, "the file does not say its version", "version", hint=hint
        )
    elif not is_number(version):
        return
    elif version > VERSION:
        message = f"made for a newer audsync: version {version}, this one reads {VERSION}"
        problem = root.file.problem(
            Code.OTHER_VERSION, message, ("version",), value=True, hint="update audsync"
        )
        raise ConfigError([problem])
    elif version < VERSION:
        message = f"there is no version {version}; write version = {VERSION}"
        root.complain(Code.OTHER_VERSION, message, "version", value=True)


def is_number(version: object) -> bool:
    """Whether a version is a whole number at all."""
    return isinstance(version, int) and not isinstance(version, bool)
