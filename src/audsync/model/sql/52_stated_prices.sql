-- What the catalogue says that a bought product costs: its own price, else that of the middle
-- one of its variants. Prices paid are not looked at: a sale makes nothing cheap.
-- Grain: product. Columns: product, path (code; null: none), price_minor (null: not stated).
SELECT
    b.product, b.path,
    coalesce(
        max(f.price_minor) FILTER (WHERE f.price_minor > 0 AND f.product_id = b.product_key),
        CAST(floor(median(f.price_minor) FILTER (WHERE f.price_minor > 0)) AS BIGINT)
    ) AS price_minor
FROM (
    SELECT a.product, a.product_key, min(a.path) AS path
    FROM bought_products AS a
    GROUP BY a.product, a.product_key
) AS b
LEFT JOIN product_facts AS f ON f.product_key = b.product_key
GROUP BY b.product, b.path
