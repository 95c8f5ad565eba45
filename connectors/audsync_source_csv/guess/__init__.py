"""A mapping guessed from the files themselves, for `audsync init --from`."""

from audsync_source_csv.guess.writing import guess

__all__ = ["guess"]
