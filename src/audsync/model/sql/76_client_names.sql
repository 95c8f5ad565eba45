-- What the names of some clients tell, by the rules and the calendar of their country. Of a
-- client without a first name the last name is looked at as both.
-- Grain: client of client_homes in a country with names, with a name. Columns: client, gender,
-- name_day_today, days_to_name_day.
SELECT
    t.client, g.gender, d.days_to = 0 AS name_day_today, d.days_to AS days_to_name_day
FROM (
    SELECT
        c.client, h.country,
        coalesce(substr(f.text, k.place, 1), '-') AS first_sign,
        coalesce(
            CASE WHEN c.first_name IS NULL THEN substr(w.text, k.place, 1) END,
            substr(l.text, k.place, 1),
            '-'
        ) AS last_sign,
        coalesce(fd.text, CASE WHEN c.first_name IS NULL THEN ld.text END) AS days
    FROM client_homes AS h
    JOIN contact_values AS c ON c.client = h.client
    JOIN name_countries AS k ON k.country = h.country
    LEFT JOIN name_facts AS f
        ON f.kind = 'first_name' AND f.fact = 'signs' AND f.value = c.first_name
    LEFT JOIN name_facts AS l
        ON l.kind = 'last_name' AND l.fact = 'signs' AND l.value = c.last_name
    LEFT JOIN name_facts AS w
        ON w.kind = 'last_name' AND w.fact = 'whole signs' AND w.value = c.last_name
    LEFT JOIN name_facts AS fd
        ON fd.kind = 'first_name' AND fd.fact = k.days_fact AND fd.value = c.first_name
    LEFT JOIN name_facts AS ld
        ON ld.kind = 'last_name' AND ld.fact = k.days_fact AND ld.value = c.last_name
) AS t
LEFT JOIN sign_genders AS g
    ON g.first_sign = t.first_sign AND g.last_sign = t.last_sign
LEFT JOIN name_day_distances AS d ON d.country = t.country AND d.days = t.days
