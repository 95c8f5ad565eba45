-- The same without repetition: most clients say the same every time.
-- Grain: client and wording. Columns: as contacts, without said_at, is_account and id.
SELECT DISTINCT
    c.client, c.email_normal, c.phone_e164,
    c.first_name_clean, c.first_name_match, c.last_name_clean, c.last_name_match
FROM contacts AS c
