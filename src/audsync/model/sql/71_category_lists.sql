-- The categories of each client.
-- Grain: client with a category. Columns: client, category_count (of the first level),
-- purchased_categories (paths and their upper paths as words, sorted).
SELECT
    c.client,
    count(*) FILTER (WHERE n.depth = 1) AS category_count,
    array_sort(array_agg(n.word)) AS purchased_categories
FROM client_paths AS c
JOIN path_names AS n ON n.code = c.path
GROUP BY c.client
