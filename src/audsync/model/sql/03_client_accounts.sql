-- How many accounts a client has.
-- Grain: client with an account. Columns: client, account_count, customer_ids (sorted).
SELECT
    n.client,
    count(*) AS account_count,
    array_sort(array_agg(a.customer_id)) AS customer_ids
FROM account_clients AS a
JOIN client_numbers AS n ON n.client_id = a.client_id
GROUP BY n.client
