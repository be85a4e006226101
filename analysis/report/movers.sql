-- The ASes with the largest gain and with the largest loss of prefixes between two tables.
WITH origins AS (
    SELECT origin_asn, count(*) FILTER (WHERE dump_time = $2) AS before, count(*) FILTER (WHERE dump_time = $3) AS now
    FROM origins_of
    WHERE family = $1 AND dump_time IN ($2, $3) AND origin_asn > 0
    GROUP BY origin_asn
),
changed AS (
    SELECT *, now - before AS change, sum(before) OVER () > 0 AND sum(now) OVER () > 0 AS whole
    FROM origins
),
ranked AS (
    SELECT *, row_number() OVER (ORDER BY change DESC, origin_asn) AS gain, row_number() OVER (ORDER BY change, origin_asn) AS loss
    FROM changed
    WHERE change <> 0 AND whole
)
SELECT CAST(origin_asn AS BIGINT), (SELECT arg_max(name, (file_date, name)) FROM as_names WHERE asn = origin_asn AND file_date <= $3), before, now, change
FROM ranked
WHERE change > 0 AND gain <= $4 OR change < 0 AND loss <= $4
ORDER BY change DESC, origin_asn
