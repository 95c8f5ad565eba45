-- The counted orders as segments see them; a view, which costs nothing unless it is read.
-- Grain: counted order. Columns: client_id, order_id, ordered_at, ordered_on, age_days,
-- value_minor, offer_code, store.
SELECT
    n.client_id, o.order_id, o.moment AS ordered_at, o.ordered_on, o.age_days, o.value_minor,
    o.offer_code, o.store
FROM order_facts AS o
JOIN client_numbers AS n ON n.client = o.client
