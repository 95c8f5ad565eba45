-- All units that came back from one order of one product.
-- Grain: order and product_id. Columns: order_id, product_id, returned (units).
SELECT r.order_id, r.product_id, CAST(sum(r.quantity) AS DECIMAL(28,3)) AS returned
FROM attached_returns AS r
GROUP BY r.order_id, r.product_id
