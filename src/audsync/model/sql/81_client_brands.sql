-- What each client bought of each brand; a view.
-- Grain: client and brand. Columns: client_id, value, orders, units, spend_minor, last_on.
SELECT n.client_id, b.name AS value, d.orders, d.units, d.spend_minor, d.last_on
FROM bought_brands AS d
JOIN brand_names AS b ON b.code = d.code
JOIN client_numbers AS n ON n.client = d.client
