-- Addresses and numbers that stand at accounts of a client besides the latest ones, and that nobody
-- else ever gave, in whatever spelling; a view. What only an order has is often of whoever took the
-- parcel.
-- Grain: client, kind and value. Columns: client_id, kind (email, phone), value (its normal form, or
-- the pseudonym of that), told_as (what all spellings of a value have in common), place (among what
-- the client's accounts say; the highest is the latest).
WITH given AS (
    SELECT
        a.client_id, c.customer_id, coalesce(c.updated_at, c.registered_at) AS said_at,
        TRUE AS is_stated, 'email' AS kind, c.email_normal AS value
    FROM customers AS c
    JOIN account_clients AS a ON a.customer_id = c.customer_id
    WHERE c.email_normal IS NOT NULL
    UNION ALL
    SELECT
        a.client_id, c.customer_id, coalesce(c.updated_at, c.registered_at) AS said_at,
        TRUE AS is_stated, 'phone' AS kind, c.phone_e164 AS value
    FROM customers AS c
    JOIN account_clients AS a ON a.customer_id = c.customer_id
    WHERE c.phone_e164 IS NOT NULL
    UNION ALL
    SELECT
        d.client_id, o.customer_id, NULL AS said_at,
        FALSE AS is_stated, 'email' AS kind, o.email_normal AS value
    FROM orders AS o
    JOIN order_clients AS d ON d.order_id = o.order_id
    WHERE o.email_normal IS NOT NULL
    UNION ALL
    SELECT
        d.client_id, o.customer_id, NULL AS said_at,
        FALSE AS is_stated, 'phone' AS kind, o.phone_e164 AS value
    FROM orders AS o
    JOIN order_clients AS d ON d.order_id = o.order_id
    WHERE o.phone_e164 IS NOT NULL
),
told AS (
    SELECT
        g.client_id, g.customer_id, g.said_at, g.is_stated, g.kind, g.value,
        coalesce(m.text, mailbox(g.value)) AS told_as
    FROM given AS g
    LEFT JOIN identity_facts AS m
        ON m.kind = 'email' AND m.fact = 'mailbox' AND m.kind = g.kind AND m.value = g.value
),
further AS (
    SELECT
        s.client_id, s.kind, s.value, s.told_as,
        row_number() OVER (
            PARTITION BY s.client_id, s.kind ORDER BY s.said_at NULLS FIRST, s.customer_id
        ) AS place
    FROM told AS s
    JOIN {latest} AS l ON l.client_id = s.client_id
    WHERE s.is_stated AND s.value <> CASE s.kind WHEN 'email' THEN l.email ELSE l.phone END
)
SELECT f.client_id, f.kind, f.value, f.told_as, max(f.place) AS place
FROM further AS f
JOIN (
    SELECT t.kind, t.told_as
    FROM told AS t
    JOIN (SELECT DISTINCT w.kind, w.told_as FROM further AS w) AS w
        ON w.kind = t.kind AND w.told_as = t.told_as
    GROUP BY t.kind, t.told_as
    HAVING count(DISTINCT t.client_id) = 1 AND count(DISTINCT t.customer_id) <= {most_accounts}
) AS own ON own.kind = f.kind AND own.told_as = f.told_as
GROUP BY f.client_id, f.kind, f.value, f.told_as
