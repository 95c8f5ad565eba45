-- What is predicted of each client: by history in the table order_forecasts, by number of paid
-- days in value_forecasts, which the driver worked out.
-- Grain: client with a counted order. Columns: client, p_alive, p_order_365d,
-- predicted_orders_365d, predicted_aov_minor, predicted_clv_365d_minor, days_to_next_order,
-- activity.
SELECT
    v.client, v.p_alive, v.p_order_365d, v.predicted_orders_365d,
    CAST(floor(v.aov + 0.5) AS BIGINT) AS predicted_aov_minor,
    CAST(floor(v.worth * v.aov + 0.5) AS BIGINT) AS predicted_clv_365d_minor,
    v.days_to_next_order, v.activity
FROM (
    SELECT
        h.client, o.p_alive, o.p_order_365d, o.predicted_orders_365d, o.worth,
        o.days_to_next_order, o.activity,
        m.base + m.weight * least(h.spend_minor, m.most_minor) AS aov
    FROM order_histories AS h
    JOIN order_forecasts AS o
        ON o.repeats = h.repeats AND o.last_day = h.last_day AND o.known_days = h.known_days
    JOIN value_forecasts AS m ON m.paid_days = h.paid_days
) AS v
