-- The same units, taken from the order's goods lines of that product by line number.
-- Grain: goods line that loses units. Columns: order_id, line_number, taken (units),
-- taken_thousandths, held_thousandths (of the line before the return).
SELECT
    t.order_id, t.line_number, t.taken,
    CAST(t.taken * 1000 AS BIGINT) AS taken_thousandths,
    CAST(t.quantity * 1000 AS BIGINT) AS held_thousandths
FROM (
    SELECT
        s.order_id, s.line_number, s.quantity,
        CAST(least(s.quantity, s.returned - s.before) AS DECIMAL(18,3)) AS taken
    FROM (
        SELECT
            l.order_id, l.line_number, l.quantity, r.returned,
            CAST(sum(l.quantity) OVER (
                PARTITION BY l.order_id, l.product_id ORDER BY l.line_number
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS DECIMAL(28,3)) - l.quantity AS before
        FROM order_lines AS l
        JOIN returned_units AS r ON r.order_id = l.order_id AND r.product_id = l.product_id
        WHERE coalesce(l.is_goods, TRUE) AND l.quantity > 0
    ) AS s
    WHERE s.returned > s.before
) AS t
