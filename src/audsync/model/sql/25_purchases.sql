-- The counted lines: all that was bought and kept. What follows is an aggregate of these rows.
-- Every line has its article; the outer joins keep the engine from turning the lines, of which
-- there are most, into a table to look up in.
-- Grain: counted line. Columns: client, order_rank (name the order), line_number, ordered_on,
-- article, quantity (units kept), value_minor (what is left of the line's value; null: not
-- stated), unit_price_minor, unit_net_minor (null: not stated).
SELECT
    g.client, g.order_rank, g.line_number, g.ordered_on, g.article,
    CAST(g.quantity - coalesce(g.taken, 0) AS DECIMAL(18,3)) AS quantity,
    CASE
        WHEN g.taken IS NULL THEN g.value_minor
        ELSE g.value_minor
            - {share(g.value_minor, g.taken_thousandths, g.held_thousandths)}
    END AS value_minor,
    coalesce(
        g.unit_price_minor, {unit_price(g.value_minor, g.quantity)}
    ) AS unit_price_minor,
    coalesce(g.unit_net_minor, {unit_price(g.net_minor, g.quantity)}) AS unit_net_minor
FROM (
    SELECT
        o.client, o.order_rank, CAST(l.line_number AS INTEGER) AS line_number, o.ordered_on,
        b.article, l.quantity, t.taken, t.taken_thousandths, t.held_thousandths,
        {in_shop_currency(l.{line_value})} AS value_minor,
        {in_shop_currency(l.{line_unit_price})} AS unit_price_minor,
        {in_shop_currency(l.net_minor)} AS net_minor,
        {in_shop_currency(l.unit_net_minor)} AS unit_net_minor
    FROM order_lines AS l
    JOIN ranked_orders AS o ON o.order_id = l.order_id
    LEFT JOIN bought_products AS b ON b.product_id = l.product_id AND (b.is_only
        OR b.sku IS NOT DISTINCT FROM l.sku AND b.name IS NOT DISTINCT FROM l.name)
    LEFT JOIN returned_lines AS t
        ON t.order_id = l.order_id AND t.line_number = l.line_number
    WHERE CASE
        WHEN coalesce(l.is_goods, TRUE) THEN l.quantity > coalesce(t.taken, 0) ELSE FALSE
    END
) AS g
