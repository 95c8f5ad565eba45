-- The accounts of each client.
-- Grain: account. Columns: customer_id, client.
SELECT a.customer_id, n.client
FROM account_clients AS a
JOIN client_numbers AS n ON n.client_id = a.client_id
