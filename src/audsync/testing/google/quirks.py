"""What Google does where nobody knows, or where it depends; the harder is the default."""

from dataclasses import dataclass, field
from enum import StrEnum


class Removal(StrEnum):
    """What a removal takes out of a list."""

    IDENTIFIERS = "the identifiers that it names"
    PEOPLE = "everybody who was added with one of them"
    ACCOUNTS = "whatever else was last added together with one of them"


@dataclass(slots=True)
class Quirks:
    """Switches of the whole platform; times are in seconds of its clock."""

    removal: Removal = Removal.IDENTIFIERS
    takes_upper_hex: bool = False
    match_percent: int = 64

    # The Google Ads API. `gate` is the step at which an account that may not upload is told.
    pending_seconds: int = 600
    running_seconds: int = 6 * 3600
    gate: str = "create"
    takes_unsaid_consent: bool = False
    daily_operations: int | None = None
    page_size: int = 10_000
    refuses_parallel_jobs: bool = False
    sunset_versions: set[str] = field(default_factory=set)

    # Data Manager. `violations` is how many bad fields a refusal names (None: all of them).
    processing_seconds: int = 2400
    violations: int | None = None
    requests_per_minute: int | None = 300
    requests_per_day: int | None = 100_000
    management_requests_per_day: int | None = 50_000
