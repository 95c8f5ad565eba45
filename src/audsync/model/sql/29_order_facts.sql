-- The counted orders as segments and the views below read them; kept for each part of the clients.
-- Grain: counted order. Columns: client, order_rank, order_id, moment, ordered_on, age_days,
-- value_minor, is_clamped, offer_code, store, as in some_orders.
SELECT
    o.client, o.order_rank, o.order_id, o.moment, o.ordered_on, o.age_days,
    o.value_minor, o.is_clamped, o.offer_code, o.store
FROM some_orders AS o
