-- How many accounts a client has.
-- Grain: client with an account. Columns: client, account_count, customer_ids (sorted).
SELECT
    a.client,
    count(*) AS account_count,
    array_sort(array_agg(a.customer_id)) AS customer_ids
FROM accounts AS a
GROUP BY a.client
