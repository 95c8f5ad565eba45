-- The brands of each client.
-- Grain: client with a brand. Columns: client, brand_count, purchased_brands (words, sorted).
SELECT
    b.client, count(*) AS brand_count, array_sort(array_agg(n.word)) AS purchased_brands
FROM brand_orders AS b
JOIN brand_names AS n ON n.code = b.code
GROUP BY b.client
