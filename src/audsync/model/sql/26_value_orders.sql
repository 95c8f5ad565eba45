-- What a client bought of a brand, a category, a subcategory or a product line; run for each
-- {dimension}.
-- Grain: client and value. Columns: client, code, orders, units, spend_minor, last_on.
SELECT
    w.client, w.code,
    count(*) AS orders,
    CAST(sum(w.units) AS DECIMAL(18,3)) AS units,
    CAST(sum(w.spend_minor) AS BIGINT) AS spend_minor,
    max(w.ordered_on) AS last_on
FROM (
    SELECT
        p.client, p.order_rank, p.{dimension} AS code, p.ordered_on,
        CAST(sum(p.quantity) AS DECIMAL(18,3)) AS units,
        CAST(coalesce(sum(p.value_minor), 0) AS BIGINT) AS spend_minor
    FROM purchases AS p
    WHERE p.{dimension} IS NOT NULL
    GROUP BY p.client, p.order_rank, p.{dimension}, p.ordered_on
) AS w
GROUP BY w.client, w.code
