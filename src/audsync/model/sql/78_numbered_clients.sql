-- The Clients model: one row per client (docs/reference/clients.md). A view: words become texts,
-- and what follows from other columns is worked out, only where somebody reads them. Columns of
-- an analysis that was not asked for ({activity} and such) are null. `clients` is the same
-- without the number, by which segments join, and the paths.
-- Grain: client. Columns: client (its number), category_paths (bought from, without those above
-- them, in no order), those of clients.
SELECT
    r.client,
    texts_at(r.path_names, r.category_paths) AS category_paths,
    r.client_id, r.customer_ids, r.email, r.phone, r.first_name, r.last_name, r.full_name,
    r.hashed_email, r.hashed_phone, r.hashed_first_name, r.hashed_last_name,
    r.email_domain, r.phone_country,
    r.registered,
    CASE
        WHEN r.registered <= {as_of} THEN CAST(days_to(r.registered, {as_of}) AS BIGINT)
    END AS days_since_registration,
    r.born_on, r.age,
    coalesce(r.stated_gender, {gender}) AS gender, r.stated_gender,
    {name_day_today} AS name_day_today, {days_to_name_day} AS days_to_name_day,
    r.customer_type, r.price_category, r.newsletter_frequency, r.sms_frequency,
    CASE r.permission_rank
        WHEN 1 THEN 'anonymized_only' WHEN 2 THEN 'do_not_personalize' WHEN 3 THEN 'full'
    END AS data_permission,
    r.newsletter_frequency <> 'never' AS subscribed,
    r.tags, r.zip, r.city, r.country,
    {district} AS district, {district_code} AS district_code,
    {region} AS region, {region_code} AS region_code,
    r.delivery_zip, r.delivery_city, r.delivery_country,
    coalesce(r.order_count, 0) AS order_count,
    coalesce(r.order_count_365d, 0) AS order_count_365d,
    coalesce(r.product_count, 0) AS product_count,
    coalesce(r.product_count_365d, 0) AS product_count_365d,
    coalesce(r.unique_product_count, 0) AS unique_product_count,
    coalesce(r.total_revenue_minor, 0) AS total_revenue_minor,
    coalesce(r.total_revenue_365d_minor, 0) AS total_revenue_365d_minor,
    int_div(2 * r.total_revenue_minor + r.order_count, 2 * r.order_count)
        AS avg_order_value_minor,
    CASE WHEN r.order_count_365d > 0 THEN
        int_div(2 * r.total_revenue_365d_minor + r.order_count_365d, 2 * r.order_count_365d)
    END AS avg_order_value_365d_minor,
    r.first_order, r.last_order,
    CAST(days_to(r.first_order, {as_of}) AS BIGINT) AS days_since_first_order,
    CAST(days_to(r.last_order, {as_of}) AS BIGINT) AS days_since_last_order,
    CAST(days_to(r.previous_order, r.last_order) AS BIGINT) AS days_between_last_orders,
    r.lowest_minor AS min_product_price_net_minor,
    r.highest_minor AS max_product_price_net_minor,
    r.has_invoice,
    coalesce(r.brand_count, 0) AS brand_count,
    coalesce(r.category_count, 0) AS category_count,
    plain_texts(r.purchased_brands) AS purchased_brands,
    texts_at(r.path_names, r.every_path) AS purchased_categories,
    CAST(r.favorite_brand AS STRING) AS favorite_brand,
    CAST(r.favorite_category AS STRING) AS favorite_category,
    CAST(r.favorite_subcategory AS STRING) AS favorite_subcategory,
    CAST(r.favorite_product_line AS STRING) AS favorite_product_line,
    {favorite_store} AS favorite_store, {favorite_weekday} AS favorite_weekday,
    {favorite_hour} AS favorite_hour,
    r.recency_score, r.frequency_score, r.monetary_score, r.rfm_score,
    CAST(r.rfm_segment AS STRING) AS rfm_segment,
    {activity} AS activity, {p_alive} AS p_alive, {p_order_365d} AS p_order_365d,
    {predicted_orders_365d} AS predicted_orders_365d,
    {predicted_aov_minor} AS predicted_aov_minor,
    {predicted_clv_365d_minor} AS predicted_clv_365d_minor,
    {clv_category} AS clv_category, {days_to_next_order} AS days_to_next_order,
    {value_band} AS value_band, {frequency_band} AS frequency_band,
    {value_frequency} AS value_frequency, {recency_bucket} AS recency_bucket,
    {affluence_category} AS affluence_category, {affluence_score} AS affluence_score,
    CASE WHEN {has_visits} THEN coalesce(r.visit_count, 0) END AS visit_count_30d,
    CAST(days_to(r.previous_visit, r.last_visit) AS BIGINT) AS days_between_last_visits,
    CAST(days_to(r.last_visit, {as_of}) AS BIGINT) AS days_since_last_visit,
    r.last_email_delivered, r.last_email_opened, r.last_email_clicked, r.last_sms_sent,
    CAST(days_to(r.last_email_delivered, {as_of}) AS BIGINT) AS days_since_email_delivered,
    CAST(days_to(r.last_email_opened, {as_of}) AS BIGINT) AS days_since_email_opened,
    CAST(days_to(r.last_email_clicked, {as_of}) AS BIGINT) AS days_since_email_clicked,
    CAST(days_to(r.last_sms_sent, {as_of}) AS BIGINT) AS days_since_sms_sent,
    r.stores, {currency} AS currency{params(r, customers)}
FROM (
    SELECT
        k.*, l.names AS path_names, numbers_at(l.upper, k.category_paths) AS every_path
    FROM client_rows AS k
    CROSS JOIN path_lists AS l
) AS r
