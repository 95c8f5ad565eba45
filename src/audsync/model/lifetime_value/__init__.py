"""Predicted value: how often clients will order, and what an order of theirs is worth.

Numbers in, numbers out; docs/explanation/predicted-value.md has the formulas and their sources.
Imported only where somebody asks for a prediction, since numpy and scipy take their time.
"""
