-- Returns up to the day, with whose goods they were.
-- Grain: line of a return. Columns: return_id, line_number, order_id (null: to be found), client,
-- product_id, quantity, returned_at.
SELECT
    r.return_id, r.line_number, o.order_id, n.client, r.product_id, r.quantity, r.returned_at,
    r.order_id IS NOT NULL AS is_linked
FROM returns AS r
LEFT JOIN orders AS o ON o.order_id = r.order_id
LEFT JOIN account_clients AS a ON a.customer_id = r.customer_id
LEFT JOIN client_numbers AS n ON n.client_id = a.client_id
WHERE local_date(r.returned_at) <= {as_of} AND r.quantity > 0
