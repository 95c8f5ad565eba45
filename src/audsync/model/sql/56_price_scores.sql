-- How dear a bought product is among what was bought in its group, the deepest of its category
-- path: 1 to 100, by the middle rank of its price.
-- Grain: product with a price. Columns: product, price_group, price_minor, buyers, price_score.
SELECT
    s.product, s.price_group, s.price_minor, s.buyers,
    CAST(1 + int_div(99 * (2 * p.below + p.buyers), 2 * p.everyone) AS BIGINT) AS price_score
FROM (
    SELECT
        b.product, b.price_minor, b.buyers,
        coalesce(
            max_by(g.price_group, n.depth) FILTER (WHERE g.price_group IS NOT NULL), 0
        ) AS price_group
    FROM base_prices AS b
    LEFT JOIN upper_paths AS u ON u.path = b.path
    LEFT JOIN price_groups AS g ON g.price_group = u.upper
    LEFT JOIN path_names AS n ON n.code = g.price_group
    GROUP BY b.product, b.price_minor, b.buyers
) AS s
JOIN group_prices AS p ON p.price_group = s.price_group AND p.price_minor = s.price_minor
WHERE p.everyone > 0
