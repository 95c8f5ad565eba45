-- The catalogue as it is shown: complete variants, one spelling per brand and category.
-- Grain: product or variant. Columns: product_id, product_key, sku, title, brand, category,
-- subcategory, product_line, category_path (levels joined by ' | '), price_minor,
-- price_before_discount_minor, price_buy_minor (shop's currency), stock (units), tags,
-- param.*
SELECT
    p.product_id, p.product_key, p.sku, p.title,
    b.name AS brand, c.name AS category, d.name AS subcategory, s.name AS product_line,
    f.name AS category_path,
    p.price_minor, p.price_before_discount_minor, p.price_buy_minor, p.stock,
    p.tags{params(p, products)}
FROM complete_products AS p
LEFT JOIN brand_names AS b ON b.code = p.brand
LEFT JOIN product_line_names AS s ON s.code = p.product_line
LEFT JOIN path_names AS f ON f.code = p.path
LEFT JOIN level_names AS c ON c.code = p.category
LEFT JOIN level_names AS d ON d.code = p.subcategory
