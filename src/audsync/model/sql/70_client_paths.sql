-- Every category path that a client bought from, and the paths above it.
-- Grain: client and path. Columns: client, path.
SELECT DISTINCT p.client, u.upper AS path
FROM (
    SELECT DISTINCT q.client, q.path FROM {goods} AS q WHERE q.path IS NOT NULL
) AS p
JOIN upper_paths AS u ON u.path = p.path
