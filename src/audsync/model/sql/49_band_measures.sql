-- What is ranked for the bands of value and frequency.
-- Grain: client with a counted order. Columns: client, value (average order value in minor
-- units), frequency (orders), sales_minor, days (since the last order).
SELECT
    h.client,
    int_div(2 * h.total_revenue_minor + h.order_count, 2 * h.order_count) AS value,
    h.order_count AS frequency,
    h.total_revenue_minor AS sales_minor,
    CAST(days_to(h.last_order, {as_of}) AS BIGINT) AS days
FROM order_habits AS h
