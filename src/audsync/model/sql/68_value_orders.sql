-- What a client bought of a brand, a category, a subcategory or a product line; run for each
-- {dimension}. The orders are counted as the bits that their lines have in common; those of
-- frequent clients, who have no bits, one by one.
-- Grain: client and value. Columns: client, code, orders, units, spend_minor, last_on.
SELECT
    p.client, p.{dimension} AS code,
    CAST(bit_count(bit_or(p.order_bit)) AS BIGINT) AS orders,
    CAST(sum(p.quantity) AS DECIMAL(18,3)) AS units,
    CAST(coalesce(sum(p.value_minor), 0) AS BIGINT) AS spend_minor,
    max(p.ordered_on) AS last_on
FROM {goods} AS p
WHERE p.{dimension} IS NOT NULL AND p.order_bit IS NOT NULL
GROUP BY p.client, p.{dimension}
UNION ALL
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
    FROM {goods} AS p
    WHERE p.{dimension} IS NOT NULL AND p.order_bit IS NULL
    GROUP BY p.client, p.order_rank, p.{dimension}, p.ordered_on
) AS w
GROUP BY w.client, w.code
