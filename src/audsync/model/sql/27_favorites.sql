-- The favourite of each client; run for each dimension of value_orders. Codes are in folded order.
-- Grain: client with such a value. Columns: client, code.
SELECT v.client, v.code
FROM (
    SELECT
        d.client, d.code,
        row_number() OVER (
            PARTITION BY d.client
            ORDER BY d.orders DESC, d.units DESC, d.spend_minor DESC, d.last_on DESC, d.code
        ) AS place
    FROM {orders} AS d
) AS v
WHERE v.place = 1
