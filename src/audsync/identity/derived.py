"""What is worked out of names and postcodes only where somebody asks for it."""

from enum import StrEnum


class Derived(StrEnum):
    """A group of columns of `clients` that are null unless they are asked for."""

    NAMES = "names"  # gender by name, name days
    PLACES = "places"  # district, region
