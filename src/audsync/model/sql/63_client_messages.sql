-- When something last happened to the messages of a client; rows of nobody are left out. A row
-- that names an account is that account's, else it goes by the address, else by the number.
-- Grain: client with a message. Columns: client, last_email_delivered, last_email_opened,
-- last_email_clicked, last_sms_sent.
SELECT
    k.client,
    max(m.happened_on) FILTER (WHERE m.channel = 'email' AND m.event = 'delivered')
        AS last_email_delivered,
    max(m.happened_on) FILTER (WHERE m.channel = 'email' AND m.event = 'opened')
        AS last_email_opened,
    max(m.happened_on) FILTER (WHERE m.channel = 'email' AND m.event = 'clicked')
        AS last_email_clicked,
    max(m.happened_on) FILTER (WHERE m.channel = 'sms' AND m.event = 'sent') AS last_sms_sent
FROM (
    SELECT
        CASE
            WHEN r.customer_id IS NOT NULL THEN 'customer_id'
            WHEN r.email_normal IS NOT NULL THEN 'email' ELSE 'phone'
        END AS kind,
        coalesce(r.customer_id, r.email_normal, r.phone_e164) AS value,
        r.channel, r.event, local_date(r.happened_at) AS happened_on
    FROM messages AS r
) AS m
JOIN known_identifiers AS k ON k.kind = m.kind AND k.value = m.value
WHERE m.happened_on <= {as_of}
GROUP BY k.client
