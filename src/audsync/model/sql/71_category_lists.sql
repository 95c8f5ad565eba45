-- The category paths that each client bought from; those above them are added where the list is
-- read, for that doubles it.
-- Grain: client with a category. Columns: client, category_paths (words, in no order).
SELECT d.client, array_agg(n.word) AS category_paths
FROM (
    SELECT DISTINCT p.client, p.path FROM some_goods AS p WHERE p.path IS NOT NULL
) AS d
JOIN path_names AS n ON n.code = d.path
GROUP BY d.client
