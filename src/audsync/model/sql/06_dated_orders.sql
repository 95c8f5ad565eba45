-- Orders dated, and what keeps an order from counting before its lines are looked at.
-- Grain: order. Columns: order_id, client (null: nobody's), moment, ordered_on, currency, fate
-- (null: may count; else the first of status, test, future, anonymous).
SELECT
    d.order_id, d.client, d.moment, d.ordered_on, d.currency,
    CASE
        WHEN d.status NOT IN {counted_status} THEN 'status'
        WHEN d.is_test THEN 'test'
        WHEN d.ordered_on > {as_of} THEN 'future'
        WHEN d.client IS NULL THEN 'anonymous'
    END AS fate
FROM (
    SELECT
        o.order_id, n.client, o.status, o.is_test, o.currency,
        {order_moment} AS moment,
        local_date({order_moment}) AS ordered_on
    FROM orders AS o
    LEFT JOIN order_clients AS b ON b.order_id = o.order_id
    LEFT JOIN client_numbers AS n ON n.client_id = b.client_id
) AS d
