-- How many bought at which price, within each group and everything below it; group 0 is the shop.
-- Grain: group and price. Columns: price_group, price_minor, buyers, below (buyers at a lower
-- price), everyone (buyers at any).
SELECT
    h.price_group, h.price_minor, h.buyers,
    CAST(sum(h.buyers) OVER (
        PARTITION BY h.price_group ORDER BY h.price_minor
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS BIGINT) - h.buyers AS below,
    CAST(sum(h.buyers) OVER (PARTITION BY h.price_group) AS BIGINT) AS everyone
FROM (
    SELECT m.price_group, m.price_minor, CAST(sum(m.buyers) AS BIGINT) AS buyers
    FROM (
        SELECT 0 AS price_group, b.price_minor, b.buyers
        FROM base_prices AS b
        UNION ALL
        SELECT g.price_group, c.price_minor, c.buyers
        FROM base_prices AS c
        JOIN upper_paths AS u ON u.path = c.path
        JOIN price_groups AS g ON g.price_group = u.upper
    ) AS m
    GROUP BY m.price_group, m.price_minor
) AS h
