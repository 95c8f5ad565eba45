-- What is ranked, of the clients with a counted order in the RFM window; more is better.
-- Grain: scored client. Columns: client, recency (days since the last order, below zero),
-- frequency (orders), monetary (minor units: average order value or total).
SELECT
    c.client,
    CAST(-c.scored_days AS BIGINT) AS recency,
    c.scored_orders AS frequency,
    CASE
        WHEN {monetary_is_total} THEN c.scored_minor
        ELSE int_div(2 * c.scored_minor + c.scored_orders, 2 * c.scored_orders)
    END AS monetary
FROM order_habits AS c
WHERE c.scored_orders > 0
