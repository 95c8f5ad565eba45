-- What is kept of each client, as narrow as it goes: words as codes, nothing that follows from
-- other columns, of the analyses only what was asked for; `clients` shows it. For some clients at
-- a time, so that what is joined to them fits into memory.
-- Grain: client from {first_client} to {last_client}. Columns: as in `clients`, null where it
-- shows 0; client (its number), permission_rank,
-- category_paths, previous_order, previous_visit, last_visit (days); gender is what
-- the name tells.
SELECT
    p.client, p.client_id, p.customer_ids, p.email, p.phone, p.first_name, p.last_name, p.full_name,
    p.hashed_email, p.hashed_phone, p.hashed_first_name, p.hashed_last_name,
    p.email_domain, p.phone_country,
    p.registered, p.born_on, p.age, p.stated_gender,
    p.customer_type, p.price_category, p.newsletter_frequency, p.sms_frequency,
    p.permission_rank, p.tags,
    coalesce(o.zip, p.account_zip) AS zip,
    coalesce(o.city, p.account_city) AS city,
    coalesce(o.delivery_country, p.account_country) AS country,
    o.delivery_zip, o.delivery_city, o.delivery_country,
    o.order_count, o.order_count_365d, o.product_count, o.product_count_365d,
    u.unique_product_count, o.total_revenue_minor, o.total_revenue_365d_minor,
    o.first_order, o.last_order, o.previous_order,
    o.lowest_minor, o.highest_minor, o.has_invoice,
    b.brand_count, vc.choices AS category_count, b.purchased_brands, c.category_paths,
    fb.word AS favorite_brand, fc.word AS favorite_category,
    fs.word AS favorite_subcategory, fp.word AS favorite_product_line,
    r.recency_score, r.frequency_score, r.monetary_score, r.rfm_score, r.rfm_segment,
    w.visit_count, w.previous_visit, w.last_visit,
    m.last_email_delivered, m.last_email_opened, m.last_email_clicked, m.last_sms_sent,
    o.stores{params(p, customers)}{columns(h, favorites)}{columns(nt, names)}{columns(pl, places)}{columns(f, value)}{columns(d, bands)}{columns(a, affluence)}
FROM client_people AS p
LEFT JOIN {habits} AS o ON o.client = p.client
LEFT JOIN product_counts AS u ON u.client = p.client
LEFT JOIN brand_habits AS b ON b.client = p.client
LEFT JOIN category_lists AS c ON c.client = p.client
LEFT JOIN brand_names AS fb ON fb.code = b.code
LEFT JOIN category_favorites AS vc ON vc.client = p.client
LEFT JOIN level_names AS fc ON fc.code = vc.code
LEFT JOIN subcategory_favorites AS vs ON vs.client = p.client
LEFT JOIN level_names AS fs ON fs.code = vs.code
LEFT JOIN product_line_favorites AS vp ON vp.client = p.client
LEFT JOIN product_line_names AS fp ON fp.code = vp.code
LEFT JOIN client_favorites AS h ON h.client = p.client
LEFT JOIN rfm_scores AS r ON r.client = p.client
LEFT JOIN client_names AS nt ON nt.client = p.client
LEFT JOIN client_places AS pl ON pl.client = p.client
LEFT JOIN client_forecasts AS f ON f.client = p.client
LEFT JOIN client_bands AS d ON d.client = p.client
LEFT JOIN client_affluence AS a ON a.client = p.client
LEFT JOIN client_visits AS w ON w.client = p.client
LEFT JOIN client_messages AS m ON m.client = p.client
