-- What the counted orders of some clients add up to.
-- Grain: client with a counted order. Columns: client, last_rank (of the latest order),
-- order_count, order_count_365d, product_count, product_count_365d, total_revenue_minor,
-- total_revenue_365d_minor, first_order, last_order, lowest_minor, highest_minor, has_invoice,
-- scored_orders, scored_minor, scored_days (orders, value and days since the last order within
-- the RFM window; 0, 0, null without one).
SELECT
    o.client,
    max(o.order_rank) AS last_rank,
    count(*) AS order_count,
    count(*) FILTER (WHERE o.age_days <= 365) AS order_count_365d,
    CAST(sum(o.units) AS DECIMAL(18,3)) AS product_count,
    CAST(coalesce(sum(o.units) FILTER (WHERE o.age_days <= 365), 0) AS DECIMAL(18,3))
        AS product_count_365d,
    CAST(sum(o.value_minor) AS BIGINT) AS total_revenue_minor,
    CAST(coalesce(sum(o.value_minor) FILTER (WHERE o.age_days <= 365), 0) AS BIGINT)
        AS total_revenue_365d_minor,
    min(o.ordered_on) AS first_order,
    max(o.ordered_on) AS last_order,
    min(o.lowest_minor) AS lowest_minor,
    max(o.highest_minor) AS highest_minor,
    bool_or(o.has_invoice) AS has_invoice,
    count(*) FILTER (WHERE o.age_days <= {rfm_days}) AS scored_orders,
    CAST(coalesce(sum(o.value_minor) FILTER (WHERE o.age_days <= {rfm_days}), 0) AS BIGINT)
        AS scored_minor,
    min(o.age_days) FILTER (WHERE o.age_days <= {rfm_days}) AS scored_days
FROM some_orders AS o
GROUP BY o.client
