-- The origin ASes that came and went between two tables, and those with one prefix in the second.
WITH origins AS (
    SELECT origin_asn, count(*) FILTER (WHERE dump_time = $2) AS before, count(*) FILTER (WHERE dump_time = $3) AS now
    FROM origins_of
    WHERE family = $1 AND dump_time IN ($2, $3) AND origin_asn > 0
    GROUP BY origin_asn
)
SELECT
    count(*) FILTER (WHERE before = 0) AS added,
    count(*) FILTER (WHERE now = 0) AS removed,
    count(*) FILTER (WHERE now = 1) AS single,
    count(*) FILTER (WHERE now > 0) AS ases_now,
    count(*) FILTER (WHERE before > 0) AS ases_before
FROM origins
