-- Orders that may count, from a client's first to the last.
-- Grain: order. Columns: order_id, client, order_rank (1, 2, … by order moment, then order_id:
-- within a client the greater is the later, and the pair names the order), moment, ordered_on,
-- age_days, whole, part, denominator (the rate: whole + part / denominator; null for an order
-- in the shop's currency), stated_minor (what the order itself says of the value of its goods),
-- refunded_minor (both in the shop's currency), offer_code, has_invoice, store, zip, city,
-- country.
SELECT
    d.order_id, d.client,
    CAST(row_number() OVER (
        PARTITION BY d.client ORDER BY d.moment, d.order_id
    ) AS INTEGER) AS order_rank,
    d.moment, d.ordered_on,
    CAST(days_to(d.ordered_on, {as_of}) AS INTEGER) AS age_days,
    r.whole, r.part, r.denominator,
    coalesce({in_shop_currency(d.total_minor)}, 0)
        - coalesce({in_shop_currency(d.shipping_minor)}, 0) AS stated_minor,
    coalesce({in_shop_currency(d.refunded_minor)}, 0) AS refunded_minor,
    d.offer_code, d.has_invoice, d.store, d.zip, d.city, d.country
FROM dated_orders AS d
LEFT JOIN shop_rates AS r ON r.currency = d.currency
WHERE d.fate IS NULL
