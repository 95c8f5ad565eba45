-- The bands of each client by the buckets of value and frequency, and how long ago the last
-- order is. A client in the middle of either has no quadrant.
-- Grain: client with a counted order. Columns: client, value_band, frequency_band,
-- value_frequency, recency_bucket.
SELECT
    b.client, b.value_band, b.frequency_band,
    CASE
        WHEN b.value_band = 'high' AND b.frequency_band = 'high' THEN 'hv_hf'
        WHEN b.value_band = 'high' AND b.frequency_band = 'low' THEN 'hv_lf'
        WHEN b.value_band = 'low' AND b.frequency_band = 'high' THEN 'lv_hf'
        WHEN b.value_band = 'low' AND b.frequency_band = 'low' THEN 'lv_lf'
    END AS value_frequency,
    b.recency_bucket
FROM (
    SELECT
        m.client,
        CASE
            WHEN v.score >= {high_value} THEN 'high' WHEN v.score <= {low_value} THEN 'low'
            ELSE 'mid'
        END AS value_band,
        CASE
            WHEN f.score >= {high_frequency} THEN 'high'
            WHEN f.score <= {low_frequency} THEN 'low'
            ELSE 'mid'
        END AS frequency_band,
        CASE
            WHEN m.days <= {active_days} THEN 'active' WHEN m.days <= {lost_days} THEN 'lapsed'
            ELSE 'lost'
        END AS recency_bucket
    FROM band_measures AS m
    JOIN value_buckets AS v ON v.value = m.value
    JOIN frequency_buckets AS f ON f.value = m.frequency
) AS b
