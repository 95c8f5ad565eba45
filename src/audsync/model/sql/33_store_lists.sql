-- The stores of some clients.
-- Grain: client with a store. Columns: client, stores (sorted).
SELECT s.client, array_sort(array_agg(s.store)) AS stores
FROM (
    SELECT DISTINCT o.client, o.store FROM some_orders AS o WHERE o.store IS NOT NULL
) AS s
GROUP BY s.client
