-- The counted orders of some clients.
-- Grain: counted order of a client from {first_client} to {last_client}. Columns: client,
-- order_rank, order_id, moment, ordered_on, age_days, value_minor, is_clamped (the value would be
-- below zero and is held there), units, lowest_minor, highest_minor, offer_code, has_invoice,
-- store, zip, city, country.
SELECT
    v.client, v.order_rank, v.order_id, v.moment, v.ordered_on, v.age_days,
    greatest(v.rest_minor, 0) AS value_minor, v.rest_minor < 0 AS is_clamped,
    v.units, v.lowest_minor, v.highest_minor,
    v.offer_code, v.has_invoice, v.store, v.zip, v.city, v.country
FROM (
    SELECT
        r.client, r.order_rank, r.order_id, r.moment, r.ordered_on, r.age_days,
        CASE
            WHEN {lines_have_values} AND s.client IS NOT NULL THEN s.value_minor
            ELSE r.stated_minor
        END - r.refunded_minor AS rest_minor,
        coalesce(s.units, 0) AS units, s.lowest_minor, s.highest_minor,
        r.offer_code, r.has_invoice, r.store, r.zip, r.city, r.country
    FROM ranked_orders AS r
    LEFT JOIN order_sums AS s ON s.client = r.client AND s.order_rank = r.order_rank
    LEFT JOIN bare_orders AS b ON b.client = r.client AND b.order_rank = r.order_rank
    WHERE r.client BETWEEN {first_client} AND {last_client} AND b.fate IS NULL
) AS v
