-- Whose an identifier is; a view, for what comes with one: visits, messages, lists. An address or
-- number that several clients have is that of each of them.
-- Grain: identifier and client. Columns: kind (customer_id, email, phone), value (its normal form,
-- or the pseudonym of that), client.
SELECT 'customer_id' AS kind, a.customer_id AS value, n.client
FROM account_clients AS a
JOIN client_numbers AS n ON n.client_id = a.client_id
UNION
SELECT 'email' AS kind, c.email_normal AS value, n.client
FROM customers AS c
JOIN account_clients AS a ON a.customer_id = c.customer_id
JOIN client_numbers AS n ON n.client_id = a.client_id
WHERE c.email_normal IS NOT NULL
UNION
SELECT 'phone' AS kind, c.phone_e164 AS value, n.client
FROM customers AS c
JOIN account_clients AS a ON a.customer_id = c.customer_id
JOIN client_numbers AS n ON n.client_id = a.client_id
WHERE c.phone_e164 IS NOT NULL
UNION
SELECT 'email' AS kind, o.email_normal AS value, n.client
FROM orders AS o
JOIN order_clients AS d ON d.order_id = o.order_id
JOIN client_numbers AS n ON n.client_id = d.client_id
WHERE o.email_normal IS NOT NULL
UNION
SELECT 'phone' AS kind, o.phone_e164 AS value, n.client
FROM orders AS o
JOIN order_clients AS d ON d.order_id = o.order_id
JOIN client_numbers AS n ON n.client_id = d.client_id
WHERE o.phone_e164 IS NOT NULL
