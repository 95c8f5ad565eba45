-- How a client is reached, where pseudonyms stand for the values: what is known of these.
-- Grain: client with a row in contacts. Columns: as stored_identities.
SELECT
    c.client,
    CAST(NULL AS STRING) AS email, CAST(NULL AS STRING) AS phone,
    CAST(NULL AS STRING) AS first_name, CAST(NULL AS STRING) AS last_name,
    CAST(NULL AS STRING) AS full_name,
    e.text AS hashed_email, p.text AS hashed_phone,
    f.text AS hashed_first_name, l.text AS hashed_last_name,
    d.text AS email_domain, o.text AS phone_country
FROM contact_values AS c
LEFT JOIN identity_facts AS e
    ON e.kind = 'email' AND e.fact = 'sha256' AND e.value = c.email
LEFT JOIN identity_facts AS p
    ON p.kind = 'phone' AND p.fact = 'sha256' AND p.value = c.phone
LEFT JOIN identity_facts AS f
    ON f.kind = 'first_name' AND f.fact = 'sha256' AND f.value = c.first_name
LEFT JOIN identity_facts AS l
    ON l.kind = 'last_name' AND l.fact = 'sha256' AND l.value = c.last_name
LEFT JOIN identity_facts AS d
    ON d.kind = 'email' AND d.fact = 'domain' AND d.value = c.email
LEFT JOIN identity_facts AS o
    ON o.kind = 'phone' AND o.fact = 'country' AND o.value = c.phone
