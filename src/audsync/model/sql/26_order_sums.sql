-- What an order's counted lines add up to.
-- Grain: order with a counted line. Columns: client, order_rank, value_minor, units,
-- lowest_minor, highest_minor (unit prices without VAT above zero), unvalued_lines.
SELECT
    p.client, p.order_rank,
    CAST(coalesce(sum(p.value_minor), 0) AS BIGINT) AS value_minor,
    CAST(sum(p.quantity) AS DECIMAL(18,3)) AS units,
    min(p.unit_net_minor) FILTER (WHERE p.unit_net_minor > 0) AS lowest_minor,
    max(p.unit_net_minor) FILTER (WHERE p.unit_net_minor > 0) AS highest_minor,
    count(*) FILTER (WHERE p.value_minor IS NULL) AS unvalued_lines
FROM purchases AS p
GROUP BY p.client, p.order_rank
