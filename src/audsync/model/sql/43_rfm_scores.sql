-- The scores of each client and the name of their combination.
-- Grain: scored client. Columns: client, recency_score, frequency_score, monetary_score,
-- rfm_score, rfm_segment.
SELECT
    s.client, s.recency_score, s.frequency_score, s.monetary_score, s.rfm_score,
    n.rfm_segment
FROM (
    SELECT
        m.client,
        r.score AS recency_score, f.score AS frequency_score, v.score AS monetary_score,
        100 * r.score + 10 * f.score + v.score AS rfm_score
    FROM rfm_measures AS m
    JOIN recency_scores AS r ON r.value = m.recency
    JOIN frequency_scores AS f ON f.value = m.frequency
    JOIN monetary_scores AS v ON v.value = m.monetary
) AS s
JOIN rfm_names AS n ON n.rfm_score = s.rfm_score
