-- Who bought what lately: a client counts once for a product, however much of it there was.
-- Gifts are left out.
-- Grain: product bought by a client from {first_client} to {last_client}. Columns: product,
-- buyers.
SELECT d.product, count(*) AS buyers
FROM (
    SELECT DISTINCT p.client, b.product
    FROM purchases AS p
    JOIN bought_products AS b ON b.article = p.article
    WHERE p.client BETWEEN {first_client} AND {last_client}
        AND days_to(p.ordered_on, {as_of}) <= {lookback_days}
        AND coalesce(p.unit_price_minor, 1) > 0
) AS d
GROUP BY d.product
