-- How to reach a client: of each column the latest value that is there.
-- Grain: client with a row in contacts. Columns: client, email, phone, first_name,
-- first_name_match (of that first name), last_name, last_name_match (of that last name).
SELECT
    c.client,
    max_by(c.email_normal, c.place) FILTER (WHERE c.email_normal IS NOT NULL) AS email,
    max_by(c.phone_e164, c.place) FILTER (WHERE c.phone_e164 IS NOT NULL) AS phone,
    max_by(c.first_name_clean, c.place)
        FILTER (WHERE c.first_name_clean IS NOT NULL) AS first_name,
    max_by(coalesce(c.first_name_match, ''), c.place)
        FILTER (WHERE c.first_name_clean IS NOT NULL) AS first_name_match,
    max_by(c.last_name_clean, c.place)
        FILTER (WHERE c.last_name_clean IS NOT NULL) AS last_name,
    max_by(coalesce(c.last_name_match, ''), c.place)
        FILTER (WHERE c.last_name_clean IS NOT NULL) AS last_name_match
FROM contacts AS c
GROUP BY c.client
