-- Clients with several accounts.
-- Grain: client with two accounts or more. Columns: client, customer_ids (sorted).
SELECT a.client, array_sort(array_agg(a.customer_id)) AS customer_ids
FROM account_numbers AS a
GROUP BY a.client
HAVING count(*) > 1
