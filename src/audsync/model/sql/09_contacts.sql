-- Everything that was ever said about how to reach a client; a view.
-- Grain: account or order that states an address, number or name, orders that are excluded left
-- out. Columns: client, said_at (null: the oldest), is_account (1, else 0), id, email_normal,
-- phone_e164, first_name_clean, first_name_match, last_name_clean, last_name_match.
SELECT
    a.client, a.said_at, 1 AS is_account, a.customer_id AS id,
    a.email_normal, a.phone_e164,
    a.first_name_clean, a.first_name_match, a.last_name_clean, a.last_name_match
FROM accounts AS a
WHERE a.email_normal IS NOT NULL OR a.phone_e164 IS NOT NULL
    OR a.first_name_clean IS NOT NULL OR a.last_name_clean IS NOT NULL
UNION ALL
SELECT
    d.client, o.created_at AS said_at, 0 AS is_account, o.order_id AS id,
    o.email_normal, o.phone_e164,
    o.first_name_clean, o.first_name_match, o.last_name_clean, o.last_name_match
FROM orders AS o
JOIN dated_orders AS d ON d.order_id = o.order_id
WHERE o.status <> 'excluded' AND d.client IS NOT NULL
    AND (o.email_normal IS NOT NULL OR o.phone_e164 IS NOT NULL
        OR o.first_name_clean IS NOT NULL OR o.last_name_clean IS NOT NULL)
