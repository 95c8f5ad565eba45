-- Score of a measure by four stated thresholds, the least values that have the scores 2 to 5.
-- Run for a {measure} of rfm_measures.
-- Grain: distinct value. Columns: value, score.
SELECT
    d.value,
    CAST(CASE
        WHEN d.value >= {fifth} THEN 5 WHEN d.value >= {fourth} THEN 4
        WHEN d.value >= {third} THEN 3 WHEN d.value >= {second} THEN 2
        ELSE 1
    END AS INTEGER) AS score
FROM (SELECT DISTINCT m.{measure} AS value FROM rfm_measures AS m) AS d
