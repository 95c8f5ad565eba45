-- Products as order lines name them, by number; whatever a condition on a product asks is
-- answered once for each of these, and not for each line.
-- Grain: product_id, sku and name as on order lines. Columns: article (its number), product_id,
-- sku, name, product_key, product (number of the product_key), brand, category, subcategory,
-- product_line, path (codes), is_only (there is no other wording of the product_id).
SELECT
    CAST(row_number() OVER (ORDER BY l.product_id, l.sku, l.name) AS INTEGER) AS article,
    l.product_id, l.sku, l.name,
    coalesce(p.product_key, l.product_id) AS product_key,
    CAST(dense_rank() OVER (
        ORDER BY coalesce(p.product_key, l.product_id)
    ) AS INTEGER) AS product,
    p.brand, p.category, p.subcategory, p.product_line, p.path,
    count(*) OVER (PARTITION BY l.product_id) = 1 AS is_only
FROM (
    SELECT DISTINCT k.product_id, k.sku, k.name FROM order_lines AS k
) AS l
LEFT JOIN complete_products AS p ON p.product_id = l.product_id
