-- The postcode, or the city, on most of the counted orders of some clients; of equals the latest.
-- Run for {place} = zip and {place} = city.
-- Grain: client with such a value. Columns: client, {place}.
SELECT
    u.client,
    max_by(u.{place}, u.orders * 2147483648 + u.last_rank) AS {place}
FROM (
    SELECT o.client, o.{place}, count(*) AS orders, max(o.order_rank) AS last_rank
    FROM some_orders AS o
    WHERE o.{place} IS NOT NULL
    GROUP BY o.client, o.{place}
) AS u
GROUP BY u.client
