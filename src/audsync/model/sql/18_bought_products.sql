-- Products as order lines name them, by number, and those that were only looked at; whatever a
-- condition on a product asks is answered once for each of these, and not for each line.
-- Grain: product_id, sku and name as on order lines (null where only visits name it). Columns: article (its number), product_id,
-- sku, name, product_key, product (number of the product_key), brand, category, subcategory,
-- product_line, path (codes), is_only (there is no other wording of the product_id).
WITH wordings AS (
    SELECT DISTINCT k.product_id, k.sku, k.name FROM order_lines AS k
)
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
    SELECT o.product_id, o.sku, o.name FROM wordings AS o
    UNION ALL
    SELECT DISTINCT v.product_id, CAST(NULL AS STRING) AS sku, CAST(NULL AS STRING) AS name
    FROM visits AS v
    LEFT JOIN wordings AS w ON w.product_id = v.product_id
    WHERE v.product_id IS NOT NULL AND w.product_id IS NULL
) AS l
LEFT JOIN complete_products AS p ON p.product_id = l.product_id
