-- The Clients model: one row per client (docs/reference/clients.md), for some clients at a time,
-- so that what is joined to them fits into memory; `clients` shows them together.
-- Grain: client from {first_client} to {last_client} as client_people has them.
SELECT
    p.client_id, p.customer_ids, p.email, p.phone, p.first_name, p.last_name, p.full_name,
    p.hashed_email, p.hashed_phone, p.hashed_first_name, p.hashed_last_name,
    p.email_domain, p.phone_country,
    p.registered, p.days_since_registration, p.born_on, p.age,
    coalesce(p.stated_gender, nt.gender) AS gender, p.stated_gender,
    nt.name_day_today, nt.days_to_name_day,
    p.customer_type, p.price_category, p.newsletter_frequency, p.sms_frequency,
    p.data_permission, p.subscribed, p.tags,
    coalesce(o.zip, p.account_zip) AS zip,
    coalesce(o.city, p.account_city) AS city,
    coalesce(o.delivery_country, p.account_country) AS country,
    pl.district, pl.district_code, pl.region, pl.region_code,
    o.delivery_zip, o.delivery_city, o.delivery_country,
    coalesce(o.order_count, 0) AS order_count,
    coalesce(o.order_count_365d, 0) AS order_count_365d,
    coalesce(o.product_count, 0) AS product_count,
    coalesce(o.product_count_365d, 0) AS product_count_365d,
    coalesce(u.unique_product_count, 0) AS unique_product_count,
    coalesce(o.total_revenue_minor, 0) AS total_revenue_minor,
    coalesce(o.total_revenue_365d_minor, 0) AS total_revenue_365d_minor,
    int_div(2 * o.total_revenue_minor + o.order_count, 2 * o.order_count)
        AS avg_order_value_minor,
    CASE WHEN o.order_count_365d > 0 THEN
        int_div(2 * o.total_revenue_365d_minor + o.order_count_365d, 2 * o.order_count_365d)
    END AS avg_order_value_365d_minor,
    o.first_order, o.last_order,
    CAST(days_to(o.first_order, {as_of}) AS BIGINT) AS days_since_first_order,
    CAST(days_to(o.last_order, {as_of}) AS BIGINT) AS days_since_last_order,
    CAST(days_to(o.previous_order, o.last_order) AS BIGINT) AS days_between_last_orders,
    o.lowest_minor AS min_product_price_net_minor,
    o.highest_minor AS max_product_price_net_minor,
    o.has_invoice,
    coalesce(b.brand_count, 0) AS brand_count,
    coalesce(c.category_count, 0) AS category_count,
    plain_texts(b.purchased_brands) AS purchased_brands,
    plain_texts(c.purchased_categories) AS purchased_categories,
    fb.name AS favorite_brand, fc.name AS favorite_category,
    fs.name AS favorite_subcategory, fp.name AS favorite_product_line,
    h.favorite_store, h.favorite_weekday, h.favorite_hour,
    r.recency_score, r.frequency_score, r.monetary_score, r.rfm_score, r.rfm_segment,
    f.activity, f.p_alive, f.p_order_365d, f.predicted_orders_365d, f.predicted_aov_minor,
    f.predicted_clv_365d_minor, f.clv_category, f.days_to_next_order,
    d.value_band, d.frequency_band, d.value_frequency, d.recency_bucket,
    a.affluence_category, a.affluence_score,
    CASE WHEN {has_visits} THEN coalesce(w.visit_count, 0) END AS visit_count_30d,
    CAST(days_to(w.previous_visit, w.last_visit) AS BIGINT) AS days_between_last_visits,
    CAST(days_to(w.last_visit, {as_of}) AS BIGINT) AS days_since_last_visit,
    m.last_email_delivered, m.last_email_opened, m.last_email_clicked, m.last_sms_sent,
    CAST(days_to(m.last_email_delivered, {as_of}) AS BIGINT) AS days_since_email_delivered,
    CAST(days_to(m.last_email_opened, {as_of}) AS BIGINT) AS days_since_email_opened,
    CAST(days_to(m.last_email_clicked, {as_of}) AS BIGINT) AS days_since_email_clicked,
    CAST(days_to(m.last_sms_sent, {as_of}) AS BIGINT) AS days_since_sms_sent,
    o.stores, {currency} AS currency{params(p, customers)}
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
