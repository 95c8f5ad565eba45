-- Products as their own row in the catalogue states them, prices in the shop's currency.
-- Grain: product or variant. Columns: product_id, parent_id, sku, title, brand, product_line,
-- path (codes, null where there is none), price_minor, price_before_discount_minor,
-- price_buy_minor (null in a currency without a rate), stock, tags, param.*
SELECT
    p.product_id, p.parent_id, p.sku, p.title,
    b.code AS brand, s.code AS product_line, c.code AS path,
    CASE WHEN p.is_priced THEN {in_shop_currency(p.price_minor)} END AS price_minor,
    CASE
        WHEN p.is_priced THEN {in_shop_currency(p.price_before_discount_minor)}
    END AS price_before_discount_minor,
    CASE WHEN p.is_priced THEN {in_shop_currency(p.price_buy_minor)} END AS price_buy_minor,
    p.stock, p.tags{params(p, products)}
FROM (
    SELECT
        q.*, r.whole, r.part, r.denominator,
        (coalesce(q.currency, {currency}) = {currency} OR r.currency IS NOT NULL) AS is_priced
    FROM products AS q
    LEFT JOIN shop_rates AS r ON r.currency = q.currency
) AS p
LEFT JOIN brand_codes AS b ON b.value = p.brand
LEFT JOIN product_line_codes AS s ON s.value = p.product_line
LEFT JOIN path_codes AS c ON c.value = p.category
