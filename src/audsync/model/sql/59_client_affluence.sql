-- Score and class of affluence: the lowest fifth is economy, the highest rich. Among fewer than
-- {least_clients} all are standard.
-- Grain: client with a scored product. Columns: client, affluence_score, affluence_category.
SELECT
    m.client,
    int_div(m.affluence + 500, 1000) AS affluence_score,
    CASE
        WHEN {scored} < {least_clients} THEN 'standard'
        WHEN r.score = 1 THEN 'economy'
        WHEN r.score = 5 THEN 'rich'
        ELSE 'standard'
    END AS affluence_category
FROM affluence_measures AS m
JOIN affluence_ranks AS r ON r.value = m.affluence
