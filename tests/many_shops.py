"""Several shops in one folder, each in a file of its own."""

from pathlib import Path

from small_shop import CONFIG, make_shop


def make_shops(folder: Path, *names: str, more: str = "", schedule: str | None = None) -> Path:
    """A folder of shops with the same feeds; `more` is added to config.toml."""
    make_shop(folder)
    head, _, own = CONFIG.partition("[shops.kolo.consent]")
    (folder / "config.toml").write_text(head + more, encoding="utf-8")
    own = ("[consent]" + own).replace("[shops.kolo.", "[")
    first = "" if schedule is None else f'schedule = "{schedule}"\n'
    (folder / "shops").mkdir()
    for name in names:
        text = first + own.replace('"out"', f'"out/{name}"')
        (folder / "shops" / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder
