-- What the names of a shop tell whose identities are hidden, as it was told when they were
-- pulled. (Where names are stored the table is made of these.)
-- Grain: kind, value and fact. Columns: kind, value, fact, text.
SELECT f.kind, f.value, f.fact, f.text
FROM identity_facts AS f
WHERE f.kind IN ('first_name', 'last_name') AND f.fact <> 'sha256'
