-- Instead of forecasts, where nothing can be predicted: activity by the client's own rhythm, the
-- middle of the gaps between days with an order. Who is due for up to two such gaps is active,
-- for up to four possibly churned; with one order the days since it tell.
-- Grain: client with a counted order. Columns: those of client_forecasts, all but client and
-- activity null.
SELECT
    h.client,
    CAST(NULL AS DECIMAL(18,4)) AS p_alive,
    CAST(NULL AS DECIMAL(18,4)) AS p_order_365d,
    CAST(NULL AS DECIMAL(18,4)) AS predicted_orders_365d,
    CAST(NULL AS BIGINT) AS predicted_aov_minor,
    CAST(NULL AS BIGINT) AS predicted_clv_365d_minor,
    CASE WHEN FALSE THEN '' END AS clv_category,
    CAST(NULL AS BIGINT) AS days_to_next_order,
    CASE
        WHEN h.known_days - h.last_day <= coalesce(m.two_gaps, {once_active}) THEN 'active'
        WHEN h.known_days - h.last_day <= coalesce(2 * m.two_gaps, {once_churned})
            THEN 'possibly_churned'
        ELSE 'churned'
    END AS activity
FROM order_histories AS h
LEFT JOIN (
    SELECT r.client, CAST(int_div(2 * sum(r.gap), count(*)) AS BIGINT) AS two_gaps
    FROM (
        SELECT
            g.client, g.gap,
            row_number() OVER (PARTITION BY g.client ORDER BY g.gap, g.number) AS place,
            count(*) OVER (PARTITION BY g.client) AS gaps
        FROM order_gaps AS g
    ) AS r
    WHERE r.place BETWEEN int_div(r.gaps + 1, 2) AND int_div(r.gaps + 2, 2)
    GROUP BY r.client
) AS m ON m.client = h.client
