-- Where some clients live, as names and postcodes are read: the country is that of the latest
-- delivery, else of the account, else the shop's.
-- Grain: client from {first_client} to {last_client}. Columns: client, zip, country.
SELECT
    n.client,
    coalesce(o.zip, a.zip) AS zip,
    coalesce(o.delivery_country, a.country, {country}) AS country
FROM client_numbers AS n
LEFT JOIN {habits} AS o ON o.client = n.client
LEFT JOIN account_values AS a ON a.client = n.client
WHERE n.client BETWEEN {first_client} AND {last_client}
