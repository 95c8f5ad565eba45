-- The visits of the last 30 days. A visit is of the day on which it was last seen.
-- Grain: client with such a visit. Columns: client, visit_count, last_visit, previous_visit.
SELECT
    r.client, CAST(count(*) AS BIGINT) AS visit_count, max(r.visited_on) AS last_visit,
    max(r.visited_on) FILTER (WHERE r.place = 2) AS previous_visit
FROM (
    SELECT
        s.client, s.visited_on,
        row_number() OVER (PARTITION BY s.client ORDER BY s.visited_on DESC, s.visit) AS place
    FROM (
        SELECT v.client, v.visit, max(v.visited_on) AS visited_on
        FROM visit_views AS v
        WHERE days_to(v.visited_on, {as_of}) <= 30
        GROUP BY v.client, v.visit
    ) AS s
) AS r
GROUP BY r.client
