-- Each return with the order it takes units from: the one it names, else the best choice.
-- Grain: line of a return that has an order. Columns: order_id, product_id, quantity, is_linked.
SELECT r.order_id, r.product_id, r.quantity, r.is_linked
FROM due_returns AS r
WHERE r.order_id IS NOT NULL
UNION ALL
SELECT c.order_id, c.product_id, c.quantity, FALSE AS is_linked
FROM (
    SELECT
        g.order_id, r.product_id, r.quantity,
        row_number() OVER (
            PARTITION BY r.return_id, r.line_number
            ORDER BY
                CASE WHEN g.held >= r.quantity THEN 0 ELSE 1 END,
                g.moment DESC,
                g.order_id DESC
        ) AS choice
    FROM due_returns AS r
    JOIN returnable_goods AS g ON g.client = r.client AND g.product_id = r.product_id
    WHERE NOT r.is_linked AND g.moment <= r.returned_at
) AS c
WHERE c.choice = 1
