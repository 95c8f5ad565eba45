-- When some clients ordered, and what they spent; orders of one day are one.
-- Grain: client with a counted order. Columns: client, repeats (days with an order after the
-- first), last_day, known_days (days from the first order to the last, until today), paid_days
-- (days with a value above zero), spend_minor.
SELECT
    d.client,
    count(*) - 1 AS repeats,
    CAST(days_to(min(d.ordered_on), max(d.ordered_on)) AS BIGINT) AS last_day,
    CAST(days_to(min(d.ordered_on), {as_of}) AS BIGINT) AS known_days,
    count(*) FILTER (WHERE d.value_minor > 0) AS paid_days,
    CAST(sum(d.value_minor) AS BIGINT) AS spend_minor
FROM (
    SELECT o.client, o.ordered_on, CAST(sum(o.value_minor) AS BIGINT) AS value_minor
    FROM {orders} AS o
    GROUP BY o.client, o.ordered_on
) AS d
GROUP BY d.client
