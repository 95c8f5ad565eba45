-- How a client is reached, where the values themselves are stored.
-- Grain: client with a row in contacts. Columns: client, email … phone_country as in clients.
SELECT
    c.client, c.email, c.phone, c.first_name, c.last_name,
    CASE
        WHEN c.first_name IS NULL THEN c.last_name
        WHEN c.last_name IS NULL THEN c.first_name
        ELSE c.first_name || ' ' || c.last_name
    END AS full_name,
    sha256_hex(c.email) AS hashed_email,
    sha256_hex(c.phone) AS hashed_phone,
    sha256_hex(nullif(c.first_name_match, '')) AS hashed_first_name,
    sha256_hex(nullif(c.last_name_match, '')) AS hashed_last_name,
    split_part(c.email, '@', 2) AS email_domain,
    p.text AS phone_country
FROM contact_values AS c
LEFT JOIN identity_facts AS p
    ON p.kind = 'phone' AND p.fact = 'country' AND p.value = c.phone
