-- The category paths that each client bought from; those above them are added where the list is
-- read, for that doubles it.
-- Grain: client with a category. Columns: client, category_paths (codes, in no order).
SELECT d.client, array_agg(d.path) AS category_paths
FROM (
    SELECT DISTINCT p.client, p.path FROM some_goods AS p WHERE p.path IS NOT NULL
) AS d
GROUP BY d.client
