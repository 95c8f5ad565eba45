-- Products with what a variant takes from its parent.
-- Grain: product or variant. Columns: product_id, product_key (the parent's id, else its own),
-- sku, title, brand, product_line, path, category, subcategory (codes), price_minor,
-- price_before_discount_minor, price_buy_minor, stock, tags, param.*
SELECT
    v.product_id, v.product_key, v.sku, v.title, v.brand, v.product_line, v.path,
    c.category, c.subcategory,
    v.price_minor, v.price_before_discount_minor, v.price_buy_minor, v.stock, v.tags{params(v, products)}
FROM (
    SELECT
        p.product_id,
        coalesce(p.parent_id, p.product_id) AS product_key,
        coalesce(p.sku, q.sku) AS sku,
        coalesce(p.title, q.title) AS title,
        coalesce(p.brand, q.brand) AS brand,
        coalesce(p.product_line, q.product_line) AS product_line,
        coalesce(p.path, q.path) AS path,
        coalesce(p.price_minor, q.price_minor) AS price_minor,
        coalesce(p.price_before_discount_minor, q.price_before_discount_minor)
            AS price_before_discount_minor,
        coalesce(p.price_buy_minor, q.price_buy_minor) AS price_buy_minor,
        coalesce(p.stock, q.stock) AS stock,
        coalesce(p.tags, q.tags) AS tags{inherited_params(p, q, products)}
    FROM stated_products AS p
    LEFT JOIN stated_products AS q ON q.product_id = p.parent_id
) AS v
LEFT JOIN path_names AS c ON c.code = v.path
