"""TOML files whose every key and value can be pointed at.

file = read_toml(Path("config.toml"))
file.data["version"]
file.problem("C104", 'unknown key "colour"', ("shops", "kolo", "colour"))
"""

from audsync.toml_file.document import TomlFile, parse_toml, read_toml, toml_files
from audsync.toml_file.edits import edited, line_comment
from audsync.toml_file.excerpt import looks_secret
from audsync.toml_file.mistake import TomlCode
from audsync.toml_file.positions import KeyPath
from audsync.toml_file.text_value import inside

__all__ = [
    "KeyPath",
    "TomlCode",
    "TomlFile",
    "edited",
    "inside",
    "line_comment",
    "looks_secret",
    "parse_toml",
    "read_toml",
    "toml_files",
]
