-- What is predicted of each client, with the fifths of predicted value: the lowest is low, the
-- highest is high.
-- Grain: client with a counted order. Columns: those of forecasts, clv_category.
SELECT
    f.client, f.p_alive, f.p_order_365d, f.predicted_orders_365d,
    f.predicted_aov_minor, f.predicted_clv_365d_minor,
    CASE s.score WHEN 1 THEN 'low' WHEN 5 THEN 'high' ELSE 'mid' END AS clv_category,
    f.days_to_next_order, f.activity
FROM forecasts AS f
JOIN clv_scores AS s ON s.value = f.predicted_clv_365d_minor
