"""Queries in SQL that a segment holds: looked at, and asked where they can touch nothing.

`statement` says what a query may be, `asking` asks it, `process` is where it is answered.
"""
