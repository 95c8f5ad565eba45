-- Where and when some clients order most.
-- Grain: client with a counted order. Columns: client, favorite_store, favorite_weekday,
-- favorite_hour.
SELECT
    w.client, n.name AS favorite_store,
    CAST(w.code AS BIGINT) AS favorite_weekday, CAST(h.code AS BIGINT) AS favorite_hour
FROM weekday_favorites AS w
JOIN hour_favorites AS h ON h.client = w.client
LEFT JOIN store_favorites AS s ON s.client = w.client
LEFT JOIN store_names AS n ON n.code = s.code
