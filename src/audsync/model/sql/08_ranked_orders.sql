-- Orders that may count, from a client's first to the last.
-- Grain: order. Columns: order_id, client, order_rank (1, 2, … by order moment, then order_id:
-- within a client the greater is the later, and the pair names the order), moment, ordered_on,
-- age_days, whole, part, denominator (the rate: whole + part / denominator; null for an order
-- in the shop's currency).
SELECT
    d.order_id, d.client,
    CAST(row_number() OVER (
        PARTITION BY d.client ORDER BY d.moment, d.order_id
    ) AS INTEGER) AS order_rank,
    d.moment, d.ordered_on,
    CAST(days_to(d.ordered_on, {as_of}) AS INTEGER) AS age_days,
    r.whole, r.part, r.denominator
FROM dated_orders AS d
LEFT JOIN shop_rates AS r ON r.currency = d.currency
WHERE d.fate IS NULL
