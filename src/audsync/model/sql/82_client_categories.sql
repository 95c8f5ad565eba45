-- The category paths each client bought from, and the paths above them; a view.
-- Grain: client and path. Columns: client_id, value, depth (1: first level).
SELECT n.client_id, f.name AS value, f.depth
FROM bought_paths AS c
JOIN path_names AS f ON f.code = c.path
JOIN client_numbers AS n ON n.client = c.client
