-- What some clients bought by how dear it was. A line counts by the weight of its group, by its
-- units up to {most_units}, and half after each half-life; the weights come from the driver.
-- Grain: client from {first_client} to {last_client} with a scored product. Columns: client,
-- weight (millionths), weighted (weight times price score).
SELECT
    l.client,
    CAST(sum(l.weight) AS BIGINT) AS weight,
    CAST(sum(l.weight * l.price_score) AS BIGINT) AS weighted
FROM (
    SELECT
        p.client, s.price_score,
        int_div(
            g.weight * CAST(least(p.quantity, {most_units}) * 1000 AS BIGINT) * a.weight
                + 500000000,
            1000000000
        ) AS weight
    FROM (
        SELECT
            q.client, q.article, q.quantity,
            CAST(days_to(q.ordered_on, {as_of}) AS BIGINT) AS age_days
        FROM purchases AS q
        WHERE q.client BETWEEN {first_client} AND {last_client}
            AND coalesce(q.unit_price_minor, 1) > 0
    ) AS p
    JOIN bought_products AS b ON b.article = p.article
    JOIN price_scores AS s ON s.product = b.product
    JOIN group_weights AS g ON g.price_group = s.price_group
    JOIN age_weights AS a ON a.age_days = p.age_days
) AS l
GROUP BY l.client
