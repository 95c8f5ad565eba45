"""The Clients model: normalised tables in, one row per client as of a moment out."""

from audsync.model.build import ModelInput, build_clients
from audsync.model.report import ModelReport

__all__ = ["ModelInput", "ModelReport", "build_clients"]
