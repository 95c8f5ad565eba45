-- Orders that may count and have no counted line: of what kind are their lines?
-- Grain: order. Columns: client, order_rank, fate (null: it has no line at all and counts;
-- no_goods: postage and the like alone; returned: all of the goods came back).
SELECT
    e.client, e.order_rank,
    CASE
        WHEN count(l.order_id) = 0 THEN NULL
        WHEN count(*) FILTER (WHERE coalesce(l.is_goods, TRUE) AND l.quantity > 0) = 0
            THEN 'no_goods'
        ELSE 'returned'
    END AS fate
FROM (
    SELECT o.order_id, o.client, o.order_rank
    FROM ranked_orders AS o
    LEFT JOIN order_sums AS s ON s.client = o.client AND s.order_rank = o.order_rank
    WHERE s.client IS NULL
) AS e
LEFT JOIN order_lines AS l ON l.order_id = e.order_id
GROUP BY e.client, e.order_rank
