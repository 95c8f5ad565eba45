-- How many different products a client bought.
-- Grain: client with a counted line. Columns: client, unique_product_count.
SELECT d.client, count(*) AS unique_product_count
FROM (SELECT DISTINCT p.client, p.product FROM some_goods AS p) AS d
GROUP BY d.client
