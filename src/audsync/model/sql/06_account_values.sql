-- What the accounts of some clients say, whether there is one or several; a view.
-- Grain: client from {first_client} to {last_client} with an account. Columns: as merged_accounts, and customer_ids.
SELECT
    m.client, s.customer_ids, m.registered, m.born_on, m.gender, m.zip, m.city, m.country,
    m.customer_type, m.price_category, m.newsletter_frequency, m.sms_frequency,
    m.permission_rank, m.tags{params(m, customers)}
FROM merged_accounts AS m
JOIN shared_clients AS s ON s.client = m.client
WHERE m.client BETWEEN {first_client} AND {last_client}
UNION ALL
SELECT
    a.client, list_of(a.customer_id) AS customer_ids,
    CASE WHEN a.registered_on > DATE '1970-01-02' THEN a.registered_on END AS registered,
    a.born_on, a.gender, a.zip, a.city, a.country,
    a.customer_type, a.price_category, a.newsletter_frequency, a.sms_frequency,
    CASE a.data_permission
        WHEN 'anonymized_only' THEN 1 WHEN 'do_not_personalize' THEN 2 WHEN 'full' THEN 3
    END AS permission_rank,
    a.tags{params(a, customers)}
FROM accounts AS a
LEFT JOIN shared_clients AS s ON s.client = a.client
WHERE s.client IS NULL AND a.client BETWEEN {first_client} AND {last_client}
