-- The favourite of each client; run for each dimension of value_orders. Codes are in folded order.
-- Grain: client with such a value. Columns: client, code, choices (how
-- many values there are).
SELECT
    d.client,
    max_by(d.code, (d.orders, d.units, d.spend_minor, d.last_on, -d.code)) AS code,
    count(*) AS choices
FROM {orders} AS d
GROUP BY d.client
