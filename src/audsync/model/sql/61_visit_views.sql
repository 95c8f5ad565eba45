-- The pages that clients looked at, of any age; rows of nobody are left out. A row that names an
-- account is that account's, whatever else it says.
-- Grain: row of visits, and client. Columns: client, visit (names the visit among those of the
-- client: its session, without one its day), visited_on, article (in bought_products, where all
-- wordings of a product are alike but for what order lines say; null for other pages).
SELECT k.client, v.visit, v.visited_on, b.article
FROM (
    SELECT
        CASE WHEN r.customer_id IS NULL THEN 'email' ELSE 'customer_id' END AS kind,
        coalesce(r.customer_id, r.email_normal) AS value,
        coalesce(
            's' || r.session_id, 'd' || CAST(local_date(r.visited_at) AS STRING)
        ) AS visit,
        local_date(r.visited_at) AS visited_on, r.product_id
    FROM visits AS r
) AS v
JOIN known_identifiers AS k ON k.kind = v.kind AND k.value = v.value
LEFT JOIN (
    SELECT a.product_id, min(a.article) AS article FROM bought_products AS a GROUP BY a.product_id
) AS b ON b.product_id = v.product_id
WHERE v.visited_on <= {as_of}
