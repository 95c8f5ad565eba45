-- Clients with several accounts: of each column the latest value that is there.
-- Grain: client with two accounts or more. Columns: client, registered, born_on, gender, zip, city,
-- country, customer_type, price_category, newsletter_frequency, sms_frequency,
-- permission_rank (1 is the strictest), tags, param.*
SELECT
    a.client,
    min(a.registered_on) FILTER (WHERE a.registered_on > DATE '1970-01-02') AS registered,
    max_by(a.born_on, a.place) FILTER (WHERE a.born_on IS NOT NULL) AS born_on,
    max_by(a.gender, a.place) FILTER (WHERE a.gender IS NOT NULL) AS gender,
    max_by(a.zip, a.place) FILTER (WHERE a.zip IS NOT NULL) AS zip,
    max_by(a.city, a.place) FILTER (WHERE a.city IS NOT NULL) AS city,
    max_by(a.country, a.place) FILTER (WHERE a.country IS NOT NULL) AS country,
    max_by(a.customer_type, a.place)
        FILTER (WHERE a.customer_type IS NOT NULL) AS customer_type,
    max_by(a.price_category, a.place)
        FILTER (WHERE a.price_category IS NOT NULL) AS price_category,
    max_by(a.newsletter_frequency, a.place)
        FILTER (WHERE a.newsletter_frequency IS NOT NULL) AS newsletter_frequency,
    max_by(a.sms_frequency, a.place)
        FILTER (WHERE a.sms_frequency IS NOT NULL) AS sms_frequency,
    min(CASE a.data_permission
        WHEN 'anonymized_only' THEN 1 WHEN 'do_not_personalize' THEN 2 WHEN 'full' THEN 3
    END) AS permission_rank,
    flatten(array_agg(a.tags) FILTER (WHERE a.tags IS NOT NULL)) AS tags{latest_params(a, customers)}
FROM (
    SELECT
        b.*,
        row_number() OVER (
            PARTITION BY b.client ORDER BY b.said_at NULLS FIRST, b.customer_id
        ) AS place
    FROM accounts AS b
    JOIN shared_clients AS s ON s.client = b.client
) AS a
GROUP BY a.client
