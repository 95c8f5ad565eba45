"""Invented clients in normal form, as every way of uploading them to Meta is given them."""

from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

NAMES: Final = ("Łukasz", "Žofie", "Anna", "Valéry", "Jan", "Zoë", "Marta", "Ödön", "Ivan")
FAMILIES: Final = ("Wójcik", "Nowak", "van der Berg", "Dvořák", "Kovács", "Straße", "Novák")
CITIES: Final = ("Łódź", "Kraków", "Brno", "New York", "Plzeň", "Győr", "Košice", "Wien")


def write(path: Path, count: int, *, seed: int = 7) -> None:
    """So many clients, each with another address and number; a fifth lack one of them."""
    draw = np.random.default_rng(seed)
    numbers = np.arange(count)
    lacks = draw.random(count)

    def some(words: tuple[str, ...]) -> list[str]:
        return [words[place] for place in draw.integers(0, len(words), count)]

    phones = [f"+4860{number:07}" for number in numbers]
    table = pa.table(
        {
            "client_id": [f"{number:07}" for number in numbers],
            "email": [
                None if lack < 0.1 else f"client.{number}@example.com"
                for number, lack in zip(numbers, lacks, strict=True)
            ],
            "phone": [
                None if 0.1 <= lack < 0.2 else phone
                for phone, lack in zip(phones, lacks, strict=True)
            ],
            "first_name": some(NAMES),
            "last_name": some(FAMILIES),
            "zip": [f"{number % 90 + 10}-{number % 900 + 100}" for number in numbers],
            "city": some(CITIES),
            "country": some(("PL", "CZ")),
        }
    )
    pq.write_table(table, path)
