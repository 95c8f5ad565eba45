-- The counted orders of some clients.
-- Grain: counted order of a client from {first_client} to {last_client}. Columns: client,
-- order_rank, order_id, moment, ordered_on, age_days, value_minor, is_clamped (the value would be
-- below zero and is held there), units, lowest_minor, highest_minor, offer_code, has_invoice,
-- store, zip, city, country. Every ranked order has its row in dated_orders; the outer join keeps
-- the order of the ranks, in which grouping by client is cheaper.
SELECT
    v.client, v.order_rank, v.order_id, v.moment, v.ordered_on, v.age_days,
    greatest(v.stated_minor, 0) AS value_minor, v.stated_minor < 0 AS is_clamped,
    v.units, v.lowest_minor, v.highest_minor,
    v.offer_code, v.has_invoice, v.store, v.zip, v.city, v.country
FROM (
    SELECT
        r.client, r.order_rank, r.order_id, r.moment, r.ordered_on, r.age_days,
        CASE
            WHEN {lines_have_values} AND s.client IS NOT NULL THEN s.value_minor
            ELSE coalesce({in_shop_currency(d.total_minor)}, 0)
                - coalesce({in_shop_currency(d.shipping_minor)}, 0)
        END - coalesce({in_shop_currency(d.refunded_minor)}, 0) AS stated_minor,
        coalesce(s.units, 0) AS units, s.lowest_minor, s.highest_minor,
        d.offer_code, d.has_invoice, d.store, d.zip, d.city, d.country
    FROM (
        SELECT * FROM ranked_orders AS x
        WHERE x.client BETWEEN {first_client} AND {last_client}
    ) AS r
    LEFT JOIN (
        SELECT * FROM dated_orders AS y
        WHERE y.client BETWEEN {first_client} AND {last_client}
    ) AS d ON d.order_id = r.order_id
    LEFT JOIN order_sums AS s ON s.client = r.client AND s.order_rank = r.order_rank
    LEFT JOIN bare_orders AS b ON b.client = r.client AND b.order_rank = r.order_rank
    WHERE b.fate IS NULL
) AS v
