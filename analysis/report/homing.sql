-- The origin ASes of a table by the number of their providers.
WITH origins AS (
    SELECT DISTINCT origin_asn AS asn FROM origins_of WHERE family = $1 AND dump_time = $3 AND $2 <> '' AND origin_asn > 0
),
homed AS (
    SELECT
        CASE WHEN in_clique THEN 'top' WHEN providers = 0 THEN 'none' WHEN providers = 1 THEN 'one' WHEN providers = 2 THEN 'two' ELSE 'more' END AS homes
    FROM as_topology JOIN origins USING (asn)
    WHERE family = $1 AND time = date_trunc('hour', CAST($3 AS TIMESTAMP))
)
SELECT unnest(['one', 'two', 'more', 'none', 'top', 'multi']), CAST(unnest([
    count(*) FILTER (WHERE homes = 'one'), count(*) FILTER (WHERE homes = 'two'), count(*) FILTER (WHERE homes = 'more'),
    count(*) FILTER (WHERE homes = 'none'), count(*) FILTER (WHERE homes = 'top'),
    100 * count(*) FILTER (WHERE homes IN ('two', 'more')) / nullif(count(*) FILTER (WHERE homes IN ('one', 'two', 'more')), 0)
]) AS DOUBLE), NULL, NULL
FROM homed
HAVING count(*) > 0
