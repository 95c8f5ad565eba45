-- The counted lines of some clients, those of each next to each other: grouping by client then
-- saves more than the sorting costs.
-- Grain: counted line of a client from {first_client} to {last_client}. Columns: as all_goods.
SELECT g.*
FROM all_goods AS g
WHERE g.client BETWEEN {first_client} AND {last_client}
ORDER BY g.client
