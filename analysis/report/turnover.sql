-- What became of the prefixes of the table before ($3) in the table now ($4). An origin is the set of ASes that announce a prefix.
-- Space is that of root prefixes, which do not overlap: of the table now, and for removed ones of the table before.
WITH tables AS (
    SELECT
        dump_time,
        prefix,
        any_value(prefix_length) AS prefix_length,
        any_value(covering_prefix) AS covering_prefix,
        string_agg(DISTINCT CASE WHEN origin_set <> '' THEN origin_set ELSE CAST(origin_asn AS VARCHAR) END, ' ' ORDER BY CASE WHEN origin_set <> '' THEN origin_set ELSE CAST(origin_asn AS VARCHAR) END) AS origins
    FROM routes
    WHERE family = $1 AND collector = $2 AND dump_time IN ($3, $4) AND left_out = ''
    GROUP BY dump_time, prefix
),
paired AS (
    SELECT
        CASE WHEN a.prefix IS NULL THEN 'added' WHEN b.prefix IS NULL THEN 'removed' WHEN a.origins = b.origins THEN 'unchanged' ELSE 'rehomed' END AS what,
        coalesce(b.prefix_length, a.prefix_length) AS prefix_length,
        coalesce(b.covering_prefix, a.covering_prefix) = '' AS is_root
    FROM (SELECT * FROM tables WHERE dump_time = $3) AS a FULL JOIN (SELECT * FROM tables WHERE dump_time = $4) AS b USING (prefix)
)
SELECT what, count(*) AS prefixes, coalesce(sum(pow(2, CASE WHEN $1 = 4 THEN 32 ELSE 64 END - prefix_length)) FILTER (WHERE is_root), 0) AS span
FROM paired
GROUP BY what
ORDER BY what
