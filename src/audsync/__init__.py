"""audsync keeps a shop's audiences on ad platforms equal to its data and its consents."""

__version__ = "0.1.0"
