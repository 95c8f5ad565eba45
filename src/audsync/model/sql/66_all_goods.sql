-- The counted lines with what their article is; a view.
-- Grain: counted line. Columns: client, order_rank, order_bit (a bit per order; null for frequent
-- clients), ordered_on, product, brand, category, subcategory, product_line, path (numbers),
-- quantity, value_minor.
SELECT
    p.client, p.order_rank,
    CASE
        WHEN f.client IS NULL THEN CAST(power(2, p.order_rank - 1) AS BIGINT)
    END AS order_bit,
    p.ordered_on,
    b.product, b.brand, b.category, b.subcategory, b.product_line, b.path,
    p.quantity, p.value_minor
FROM purchases AS p
LEFT JOIN bought_products AS b ON b.article = p.article
LEFT JOIN frequent_clients AS f ON f.client = p.client
