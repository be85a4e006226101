-- The origin ASes with the most more specific prefixes in a table, and what they had in the one before.
WITH origins AS (
    SELECT
        origin_asn,
        count(*) FILTER (WHERE dump_time = $4) AS prefixes,
        count(*) FILTER (WHERE dump_time = $4 AND NOT root) AS specifics,
        count(*) FILTER (WHERE dump_time = $3 AND NOT root) AS specifics_before
    FROM origins_of
    WHERE family = $1 AND dump_time IN ($3, $4) AND origin_asn > 0
    GROUP BY origin_asn
),
most AS (
    SELECT *, 100 * specifics / nullif(sum(specifics) OVER (), 0) AS share, sum(specifics_before) OVER () > 0 AS known_before
    FROM origins
    QUALIFY row_number() OVER (ORDER BY specifics DESC, origin_asn) <= $5 AND specifics > 0
),
-- aggregation leaves out the ASes that could announce nothing less.
fewer AS (
    SELECT origin_asn, max(aggregated) AS aggregated
    FROM aggregation
    WHERE family = $1 AND collector = $2 AND dump_time = $4 AND vantage_address = ''
    GROUP BY origin_asn
)
SELECT
    CAST(origin_asn AS BIGINT), (SELECT arg_max(name, (file_date, name)) FROM as_names WHERE asn = origin_asn AND file_date <= $4),
    prefixes, specifics, share,
    CASE WHEN EXISTS (SELECT 1 FROM fewer) THEN coalesce(aggregated, prefixes) END,
    CASE WHEN known_before THEN specifics_before END
FROM most LEFT JOIN fewer USING (origin_asn)
ORDER BY specifics DESC, origin_asn
