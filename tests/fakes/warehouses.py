"""Warehouses of a shop in Prague."""

from pathlib import Path

from audsync.warehouse import Warehouse


def open_warehouse(file: Path) -> Warehouse:
    return Warehouse(file, timezone="Europe/Prague")
