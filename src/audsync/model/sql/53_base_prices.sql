-- What a bought product costs: what the catalogue states, else the middle price that was paid.
-- Grain: product with a price above zero. Columns: product, path, price_minor, buyers.
SELECT
    s.product, s.path, coalesce(s.price_minor, w.paid_minor) AS price_minor,
    coalesce(n.buyers, 0) AS buyers
FROM stated_prices AS s
LEFT JOIN (
    SELECT b.product, CAST(floor(median(p.unit_price_minor)) AS BIGINT) AS paid_minor
    FROM purchases AS p
    JOIN bought_products AS b ON b.article = p.article
    JOIN stated_prices AS u ON u.product = b.product
    WHERE u.price_minor IS NULL AND p.unit_price_minor > 0
    GROUP BY b.product
) AS w ON w.product = s.product
LEFT JOIN (
    SELECT k.product, CAST(sum(k.buyers) AS BIGINT) AS buyers
    FROM product_buyers AS k
    GROUP BY k.product
) AS n ON n.product = s.product
WHERE coalesce(s.price_minor, w.paid_minor) IS NOT NULL
