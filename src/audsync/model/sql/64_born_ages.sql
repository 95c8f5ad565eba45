-- Completed years on the day, once per birth date. Someone born on 29 February completes a year
-- on 28 February or 1 March where the year has no 29th ({leap_birthday} is 228 or 301 then, else
-- 229).
-- Grain: birth date. Columns: born_on, years.
SELECT
    d.born_on,
    CAST({year} - year(d.born_on) - CASE
        WHEN {month_day} < CASE
            WHEN month(d.born_on) = 2 AND day(d.born_on) = 29 THEN {leap_birthday}
            ELSE 100 * month(d.born_on) + day(d.born_on)
        END THEN 1
        ELSE 0
    END AS BIGINT) AS years
FROM (
    SELECT DISTINCT c.born_on FROM customers AS c WHERE c.born_on IS NOT NULL
) AS d
