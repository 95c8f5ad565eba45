-- The orders of some clients by store, weekday or hour; run for each {dimension}.
-- Grain: client and value. Columns: client, code, orders, units, spend_minor, last_on, as in
-- value_orders.
SELECT
    m.client, m.{dimension} AS code,
    count(*) AS orders,
    CAST(sum(m.units) AS DECIMAL(18,3)) AS units,
    CAST(sum(m.value_minor) AS BIGINT) AS spend_minor,
    max(m.ordered_on) AS last_on
FROM order_moments AS m
WHERE m.{dimension} IS NOT NULL
GROUP BY m.client, m.{dimension}
