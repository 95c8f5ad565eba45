-- Clients by number: text is joined and grouped slower than numbers, so all steps use these.
-- Grain: client. Columns: client_id, client (1, 2, … in the order of client_id).
SELECT k.client_id, CAST(row_number() OVER (ORDER BY k.client_id) AS INTEGER) AS client
FROM (
    SELECT a.client_id FROM account_clients AS a WHERE a.client_id IS NOT NULL
    UNION
    SELECT o.client_id FROM order_clients AS o WHERE o.client_id IS NOT NULL
) AS k
