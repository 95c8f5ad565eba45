-- Addresses and numbers that stand at accounts of a client besides the latest ones, and that nobody
-- else ever gave; a view. What only an order has is often of whoever took the parcel.
-- Grain: client, kind and value. Columns: client_id, kind (email, phone), value (its normal form, or
-- the pseudonym of that), place (among what the client's accounts say; the highest is the latest).
WITH stated AS (
    SELECT
        a.client_id, c.customer_id, coalesce(c.updated_at, c.registered_at) AS said_at,
        'email' AS kind, c.email_normal AS value
    FROM customers AS c
    JOIN account_clients AS a ON a.customer_id = c.customer_id
    WHERE c.email_normal IS NOT NULL
    UNION ALL
    SELECT
        a.client_id, c.customer_id, coalesce(c.updated_at, c.registered_at) AS said_at,
        'phone' AS kind, c.phone_e164 AS value
    FROM customers AS c
    JOIN account_clients AS a ON a.customer_id = c.customer_id
    WHERE c.phone_e164 IS NOT NULL
),
further AS (
    SELECT
        s.client_id, s.kind, s.value,
        row_number() OVER (
            PARTITION BY s.client_id, s.kind ORDER BY s.said_at NULLS FIRST, s.customer_id
        ) AS place
    FROM stated AS s
    JOIN {latest} AS l ON l.client_id = s.client_id
    WHERE s.value <> CASE s.kind WHEN 'email' THEN l.email ELSE l.phone END
),
given AS (
    SELECT s.kind, s.value, s.client_id, s.customer_id FROM stated AS s
    UNION ALL
    SELECT 'email' AS kind, o.email_normal AS value, d.client_id, o.customer_id
    FROM orders AS o
    JOIN order_clients AS d ON d.order_id = o.order_id
    WHERE o.email_normal IS NOT NULL
    UNION ALL
    SELECT 'phone' AS kind, o.phone_e164 AS value, d.client_id, o.customer_id
    FROM orders AS o
    JOIN order_clients AS d ON d.order_id = o.order_id
    WHERE o.phone_e164 IS NOT NULL
)
SELECT f.client_id, f.kind, f.value, max(f.place) AS place
FROM further AS f
JOIN (
    SELECT g.kind, g.value
    FROM given AS g
    JOIN (SELECT DISTINCT w.kind, w.value FROM further AS w) AS w
        ON w.kind = g.kind AND w.value = g.value
    GROUP BY g.kind, g.value
    HAVING count(DISTINCT g.client_id) = 1 AND count(DISTINCT g.customer_id) <= {most_accounts}
) AS own ON own.kind = f.kind AND own.value = f.value
GROUP BY f.client_id, f.kind, f.value
