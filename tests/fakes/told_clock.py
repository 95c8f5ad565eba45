"""A clock of wall and steady time that others read in a file."""

from datetime import datetime, timedelta
from pathlib import Path

# Where Python finds what lets a process live by such a clock.
SLEEPERS = Path(__file__).with_name("told_time")


def put(file: Path, text: str) -> None:
    """Write a small file that nobody ever reads half."""
    new = file.with_name(f"{file.name}.new")
    new.write_text(text, "utf-8")
    new.replace(file)


class ToldClock:
    """The moment of a machine; each change of it has a number."""

    def __init__(self, file: Path, wall: datetime) -> None:
        self.file, self.wall = file, wall
        self.number, self.steady = 0, 1000.0
        self.pass_(0)

    def pass_(self, seconds: float) -> None:
        """Let time pass."""
        self.steady += seconds
        self.set(self.wall + timedelta(seconds=seconds))

    def set(self, wall: datetime) -> None:
        """Set the wall clock; no time passes."""
        self.number, self.wall = self.number + 1, wall
        put(self.file, f"{self.number} {wall.timestamp()!r} {self.steady!r}")

    def answer(self) -> tuple[int, float, int]:
        """What the daemon said last: number of the moment, seconds until work, at work."""
        done = self.file.with_name(f"{self.file.name}.done")
        if not done.exists():
            return 0, 0.0, 0
        number, seconds, busy = done.read_text("utf-8").split()
        return int(number), float(seconds), int(busy)
