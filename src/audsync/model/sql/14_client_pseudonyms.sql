-- What stands for the address, phone and names of a client, where these are hidden.
-- Grain: client with a row in contacts. Columns: client_id, email, phone, first_name, last_name.
SELECT n.client_id, c.email, c.phone, c.first_name, c.last_name
FROM contact_values AS c
JOIN client_numbers AS n ON n.client = c.client
