-- The persons of some clients: contact, wishes, what the accounts say; a view.
-- Grain: client from {first_client} to {last_client}. Columns: client_id, client, customer_ids … tags
-- as in client_rows; account_zip, account_city, account_country; param.*
SELECT
    n.client_id, n.client, a.customer_ids,
    c.email, c.phone, c.first_name, c.last_name, c.full_name,
    c.hashed_email, c.hashed_phone, c.hashed_first_name, c.hashed_last_name,
    c.email_domain, c.phone_country,
    a.registered, a.born_on,
    CASE WHEN b.years BETWEEN 5 AND 110 THEN b.years END AS age,
    a.gender AS stated_gender,
    a.customer_type, a.price_category, a.newsletter_frequency, a.sms_frequency,
    a.permission_rank,
    CASE WHEN cardinality(a.tags) > 0 THEN array_sort(array_distinct(a.tags)) END AS tags,
    a.zip AS account_zip, a.city AS account_city, a.country AS account_country{params(a, customers)}
FROM client_numbers AS n
LEFT JOIN account_values AS a ON a.client = n.client
LEFT JOIN identities AS c ON c.client = n.client
LEFT JOIN born_ages AS b ON b.born_on = a.born_on
WHERE n.client BETWEEN {first_client} AND {last_client}
