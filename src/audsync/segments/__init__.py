"""Segments: rules in TOML files, and who matches them."""
