-- Orders dated, and what keeps an order from counting before returns are looked at.
-- Grain: order. Columns: order_id, client (null: nobody's), moment, ordered_on, currency, fate
-- (null: may count; else the first of status, test, future, anonymous, refunded), total_minor,
-- shipping_minor, refunded_minor (in that currency), offer_code, has_invoice, store, zip, city,
-- country.
SELECT
    d.order_id, d.client, d.moment, d.ordered_on, d.currency,
    d.total_minor, d.shipping_minor, d.refunded_minor,
    d.offer_code, d.has_invoice, d.store, d.zip, d.city, d.country,
    CASE
        WHEN d.status NOT IN {counted_status} THEN 'status'
        WHEN d.is_test THEN 'test'
        WHEN d.ordered_on > {as_of} THEN 'future'
        WHEN d.client IS NULL THEN 'anonymous'
        WHEN d.worth_minor > 0 AND d.refunded_minor >= d.worth_minor THEN 'refunded'
    END AS fate
FROM (
    SELECT
        o.order_id, n.client, o.status, o.is_test, o.currency,
        {order_moment} AS moment,
        local_date({order_moment}) AS ordered_on,
        o.{order_total} AS total_minor, o.{order_shipping} AS shipping_minor,
        o.{order_refunded} AS refunded_minor,
        o.offer_code, o.has_invoice, o.store, o.zip, o.city, o.country,
        coalesce(
            g.goods_minor, o.{order_total} - coalesce(o.{order_shipping}, 0)
        ) AS worth_minor
    FROM orders AS o
    LEFT JOIN (
        SELECT l.order_id, CAST(sum(l.{line_value}) AS BIGINT) AS goods_minor
        FROM order_lines AS l
        JOIN orders AS r ON r.order_id = l.order_id
        WHERE {lines_have_values} AND r.{order_refunded} > 0 AND coalesce(l.is_goods, TRUE)
        GROUP BY l.order_id
    ) AS g ON g.order_id = o.order_id
    LEFT JOIN order_clients AS b ON b.order_id = o.order_id
    LEFT JOIN client_numbers AS n ON n.client_id = b.client_id
) AS d
