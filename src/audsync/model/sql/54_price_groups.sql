-- Categories of any level that have lately sold enough different products to be judged by
-- themselves.
-- Grain: category path. Columns: price_group (code).
SELECT u.upper AS price_group
FROM base_prices AS b
JOIN upper_paths AS u ON u.path = b.path
WHERE b.buyers > 0
GROUP BY u.upper
HAVING count(*) >= {least_products}
