-- What is announced under the registries: prefixes and ASes by the registration of the origin AS, space by its own.
WITH counted AS (
    SELECT registry, registration, sum(prefixes) AS prefixes, sum(ases) AS ases, sum(span) AS span
    FROM country_stats
    WHERE family = $1 AND time = date_trunc('hour', CAST($3 AS TIMESTAMP)) AND registries_known = 5 AND $2 <> ''
    GROUP BY ALL
)
SELECT registry || ' prefixes', CAST(prefixes AS DOUBLE), NULL, NULL FROM counted WHERE registration = 'as'
UNION ALL SELECT registry || ' ases', CAST(ases AS DOUBLE), NULL, NULL FROM counted WHERE registration = 'as'
UNION ALL SELECT registry || ' span', span, NULL, NULL FROM counted WHERE registration = 'space'
