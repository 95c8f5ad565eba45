-- All that the counted orders of some clients say of them; kept for each part of the clients.
-- Grain: client with a counted order. Columns: those of client_orders, latest_orders,
-- usual_places (zip, city) and store_lists.
SELECT
    c.*,
    l.previous_order, l.delivery_zip, l.delivery_city, l.delivery_country,
    z.zip, y.city, s.stores
FROM client_orders AS c
LEFT JOIN latest_orders AS l ON l.client = c.client
LEFT JOIN zip_places AS z ON z.client = c.client
LEFT JOIN city_places AS y ON y.client = c.client
LEFT JOIN store_lists AS s ON s.client = c.client
