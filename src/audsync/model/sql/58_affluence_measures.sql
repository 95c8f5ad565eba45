-- The mean price score of each client in thousandths, drawn towards 50 by as much as a usual
-- client has bought: with one purchase about half of the way.
-- Grain: client with a scored product. Columns: client, affluence.
SELECT
    s.client,
    int_div(
        1000 * (s.weighted + 50 * CAST({usual_weight} AS BIGINT)),
        s.weight + CAST({usual_weight} AS BIGINT)
    ) AS affluence
FROM affluence_sums AS s
