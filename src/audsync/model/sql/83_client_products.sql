-- The products each client bought; a view.
-- Grain: client and product as order lines name it. Columns: client_id, value (product_key),
-- product_id, sku, name.
SELECT n.client_id, b.product_key AS value, b.product_id, b.sku, b.name
FROM (SELECT DISTINCT p.client, p.article FROM purchases AS p) AS d
JOIN bought_products AS b ON b.article = d.article
JOIN client_numbers AS n ON n.client = d.client
