-- The days between one day with an order and the next; a view.
-- Grain: client and gap. Columns: client, number (1: from the first to the second), gap.
SELECT
    d.client, d.number - 1 AS number,
    CAST(days_to(d.previous, d.ordered_on) AS BIGINT) AS gap
FROM (
    SELECT
        o.client, o.ordered_on,
        lag(o.ordered_on) OVER (PARTITION BY o.client ORDER BY o.ordered_on) AS previous,
        row_number() OVER (PARTITION BY o.client ORDER BY o.ordered_on) AS number
    FROM (SELECT DISTINCT f.client, f.ordered_on FROM order_facts AS f) AS o
) AS d
WHERE d.previous IS NOT NULL
