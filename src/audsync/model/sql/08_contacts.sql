-- Everything that was ever said about how to reach a client, from the oldest to the latest.
-- Grain: account, and order that names an address, number or name and is not excluded.
-- Columns: client, place (the greatest is the latest; an account goes before an order of the
-- same moment), email_normal, phone_e164, first_name_clean, first_name_match, last_name_clean,
-- last_name_match.
SELECT
    s.client,
    row_number() OVER (
        PARTITION BY s.client ORDER BY s.said_at NULLS FIRST, s.is_account, s.id
    ) AS place,
    s.email_normal, s.phone_e164,
    s.first_name_clean, s.first_name_match, s.last_name_clean, s.last_name_match
FROM (
    SELECT
        a.client, a.said_at, 1 AS is_account, a.customer_id AS id,
        a.email_normal, a.phone_e164,
        a.first_name_clean, a.first_name_match, a.last_name_clean, a.last_name_match
    FROM accounts AS a
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
) AS s
