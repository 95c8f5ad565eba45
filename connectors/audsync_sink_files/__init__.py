"""Sink connector `files`: audiences as CSV files."""
