-- The brands of each client, and the favourite.
-- Grain: client with a brand. Columns: client, code (as in favorites), brand_count,
-- purchased_brands (words, sorted).
SELECT
    b.client,
    max_by(b.code, (b.orders, b.units, b.spend_minor, b.last_on, -b.code)) AS code,
    count(*) AS brand_count,
    array_sort(array_agg(n.word)) AS purchased_brands
FROM brand_orders AS b
JOIN brand_names AS n ON n.code = b.code
GROUP BY b.client
