-- Accounts, each with its client and the moment of its word; a view, since most are read once.
-- Grain: account. Columns: client, customer_id, said_at (null: the oldest), registered_on,
-- the columns of customers. An account that only orders name has no row in customers: there
-- all of these are null.
SELECT
    a.client, a.customer_id,
    coalesce(c.updated_at, c.registered_at) AS said_at,
    local_date(c.registered_at) AS registered_on,
    c.email_normal, c.phone_e164,
    c.first_name_clean, c.first_name_match, c.last_name_clean, c.last_name_match,
    c.born_on, c.gender, c.zip, c.city, c.country, c.customer_type, c.price_category,
    c.newsletter_frequency, c.sms_frequency, c.data_permission, c.tags{params(c, customers)}
FROM account_numbers AS a
LEFT JOIN customers AS c ON c.customer_id = a.customer_id
