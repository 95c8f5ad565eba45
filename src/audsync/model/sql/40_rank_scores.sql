-- Score of a measure, from 1 to {scores}, by the middle rank of its value: equal values share a
-- score, and without equals all scores hold as many. Run for each {measure} of {measures}.
-- Grain: distinct value. Columns: value, score.
SELECT
    r.value,
    CAST(1 + int_div({scores} * (2 * r.lower + r.equal), 2 * r.everyone) AS INTEGER) AS score
FROM (
    SELECT
        h.value, h.equal,
        CAST(sum(h.equal) OVER (
            ORDER BY h.value ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS BIGINT) - h.equal AS lower,
        CAST(sum(h.equal) OVER () AS BIGINT) AS everyone
    FROM (
        SELECT m.{measure} AS value, count(*) AS equal
        FROM {measures} AS m
        GROUP BY m.{measure}
    ) AS h
) AS r
