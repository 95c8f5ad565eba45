"""Normal forms of identifiers, and who is one person; nothing else reads raw identifiers."""
