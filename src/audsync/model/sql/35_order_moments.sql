-- The counted orders of some clients with where and when they were made.
-- Grain: counted order in {orders}. Columns: client, store (code; null: not stated), weekday
-- (1: Monday), hour (0 to 23, in the shop's zone), units, value_minor, ordered_on.
SELECT
    o.client,
    c.code AS store,
    CAST(1 + days_to(DATE '0001-01-01', o.ordered_on) % 7 AS INTEGER) AS weekday,
    CAST(local_hour(o.moment) AS INTEGER) AS hour,
    coalesce(s.units, 0) AS units, o.value_minor, o.ordered_on
FROM {orders} AS o
LEFT JOIN order_sums AS s ON s.client = o.client AND s.order_rank = o.order_rank
LEFT JOIN store_codes AS c ON c.value = o.store
