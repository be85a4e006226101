-- What became of the prefixes of the table before ($2) in the table now ($3). An origin is the set of ASes that announce a prefix.
-- Space is that of root prefixes, which do not overlap: of the table now, and for removed ones of the table before.
WITH paired AS (
    SELECT
        bool_or(dump_time = $2) AS before, bool_or(dump_time = $3) AS now,
        coalesce(bit_xor(origin) FILTER (WHERE dump_time = $2), 0) = coalesce(bit_xor(origin) FILTER (WHERE dump_time = $3), 0) AS same_origins,
        any_value(prefix_length) AS prefix_length,
        coalesce(bool_and(root) FILTER (WHERE dump_time = $3), bool_and(root)) AS root
    FROM origins_of
    WHERE family = $1 AND dump_time IN ($2, $3)
    GROUP BY prefix
)
SELECT
    CASE WHEN NOT before THEN 'added' WHEN NOT now THEN 'removed' WHEN same_origins THEN 'unchanged' ELSE 'rehomed' END AS what,
    count(*) AS prefixes,
    coalesce(sum(pow(2, CASE WHEN $1 = 4 THEN 32 ELSE 64 END - CAST(prefix_length AS INTEGER))) FILTER (WHERE root), 0) AS span
FROM paired
GROUP BY what
ORDER BY what
