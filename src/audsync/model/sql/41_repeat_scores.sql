-- Score of the number of orders: one order is 1, repeat buyers share 2 to 5 by quartile.
-- Grain: distinct value. Columns: value, score.
SELECT
    r.value,
    CAST(CASE
        WHEN r.value = 1 THEN 1 ELSE 2 + int_div(4 * r.fewer, r.repeaters)
    END AS INTEGER) AS score
FROM (
    SELECT
        h.value,
        CAST(sum(h.repeaters) OVER (
            ORDER BY h.value ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS BIGINT) - h.repeaters AS fewer,
        CAST(sum(h.repeaters) OVER () AS BIGINT) AS repeaters
    FROM (
        SELECT
            m.frequency AS value,
            count(*) FILTER (WHERE m.frequency > 1) AS repeaters
        FROM rfm_measures AS m
        GROUP BY m.frequency
    ) AS h
) AS r
