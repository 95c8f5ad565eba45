-- How to reach a client: of each column the latest value that is there. Only clients with
-- several wordings need to be looked at word by word; an account goes before an order of the
-- same moment.
-- Grain: client with a row in contacts. Columns: client, email, phone, first_name,
-- first_name_match (of that first name; '' or null: none), last_name, last_name_match.
SELECT
    w.client, w.email_normal AS email, w.phone_e164 AS phone,
    w.first_name_clean AS first_name,
    CASE WHEN w.first_name_clean IS NOT NULL THEN w.first_name_match END AS first_name_match,
    w.last_name_clean AS last_name,
    CASE WHEN w.last_name_clean IS NOT NULL THEN w.last_name_match END AS last_name_match
FROM contact_wordings AS w
JOIN (
    SELECT k.client FROM contact_wordings AS k GROUP BY k.client HAVING count(*) = 1
) AS one ON one.client = w.client
UNION ALL
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
FROM (
    SELECT
        s.*,
        row_number() OVER (
            PARTITION BY s.client ORDER BY s.said_at NULLS FIRST, s.is_account, s.id
        ) AS place
    FROM contacts AS s
    JOIN (
        SELECT k.client FROM contact_wordings AS k GROUP BY k.client HAVING count(*) > 1
    ) AS several ON several.client = s.client
) AS c
GROUP BY c.client
