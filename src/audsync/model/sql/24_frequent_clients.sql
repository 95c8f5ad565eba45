-- Clients with more orders than the bits of a number can tell apart.
-- Grain: client. Columns: client.
SELECT o.client FROM ranked_orders AS o WHERE o.order_rank = 61
