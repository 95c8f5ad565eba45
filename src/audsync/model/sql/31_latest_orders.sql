-- The latest counted order of some clients, and the day of the one before it; a view.
-- Grain: client with a counted order. Columns: client, previous_order (null below two),
-- delivery_zip, delivery_city, delivery_country.
SELECT
    o.client,
    max(o.ordered_on) FILTER (WHERE o.order_rank < c.last_rank) AS previous_order,
    max(o.zip) FILTER (WHERE o.order_rank = c.last_rank) AS delivery_zip,
    max(o.city) FILTER (WHERE o.order_rank = c.last_rank) AS delivery_city,
    max(o.country) FILTER (WHERE o.order_rank = c.last_rank) AS delivery_country
FROM some_orders AS o
JOIN client_orders AS c ON c.client = o.client
GROUP BY o.client
