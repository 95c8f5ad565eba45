-- The counted lines as segments see them; a view.
-- Grain: counted line. Columns: client_id, order_id, line_number, ordered_on, age_days,
-- product_id, product_key, sku, name (as on the line), quantity, value_minor,
-- unit_price_minor (of the money that spend is counted in).
SELECT
    n.client_id, o.order_id, CAST(p.line_number AS BIGINT) AS line_number, p.ordered_on,
    CAST(days_to(p.ordered_on, {as_of}) AS INTEGER) AS age_days,
    b.product_id, b.product_key, b.sku, b.name, p.quantity,
    coalesce(p.value_minor, 0) AS value_minor, p.unit_price_minor
FROM purchases AS p
JOIN bought_products AS b ON b.article = p.article
JOIN order_facts AS o ON o.client = p.client AND o.order_rank = p.order_rank
JOIN client_numbers AS n ON n.client = p.client
