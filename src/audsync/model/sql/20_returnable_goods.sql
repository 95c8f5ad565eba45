-- What the orders hold of products that came back without the name of their order.
-- Grain: order and product_id. Columns: client, order_id, moment, product_id, held (units).
SELECT
    d.client, d.order_id, d.moment, l.product_id,
    CAST(sum(l.quantity) AS DECIMAL(18,3)) AS held
FROM order_lines AS l
JOIN ranked_orders AS d ON d.order_id = l.order_id
JOIN (
    SELECT DISTINCT b.client, b.product_id
    FROM due_returns AS b
    WHERE NOT b.is_linked AND b.client IS NOT NULL
) AS r ON r.client = d.client AND r.product_id = l.product_id
WHERE coalesce(l.is_goods, TRUE) AND l.quantity > 0
GROUP BY d.client, d.order_id, d.moment, l.product_id
