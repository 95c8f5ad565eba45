"""Contract kits and connectors in memory, for the authors of connectors."""
