"""The Clients model: normalised tables in, one row per client as of a moment out."""
