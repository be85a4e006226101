-- The prefixes of the newest hour by what they are of. 2001::/32 is written 2001::/32, and what is in it as 2001:: or 2001:0: and more.
WITH prefixes AS (
    SELECT time, prefix, prefix_length,
        CASE WHEN prefix LIKE '2002:%' AND prefix_length >= 16 THEN '6to4'
            WHEN (prefix LIKE '2001::%' OR prefix LIKE '2001:0:%') AND prefix_length >= 32 THEN 'Teredo'
            WHEN bool_and(bogon_class NOT IN ('none', 'unknown')) THEN 'bogon' ELSE 'native' END AS kind
    FROM route_states
    WHERE family = 6 AND left_out = '' AND time = (SELECT max(time) FROM route_hours WHERE family = 6)
    GROUP BY time, prefix, prefix_length
),
kinds (kind, length, least, most) AS (
    VALUES ('native', '/31 and shorter', 0, 31), ('native', '/32', 32, 32), ('native', '/33 to /47', 33, 47), ('native', '/48', 48, 48), ('native', '/49 and longer', 49, 128),
        ('6to4', 'any', 16, 128), ('Teredo', 'any', 32, 128), ('bogon', 'any', 0, 128)
),
counted AS (
    SELECT kind, length, least, count(prefix) AS prefixes
    FROM kinds LEFT JOIN prefixes USING (kind) WHERE prefix IS NULL OR prefix_length BETWEEN least AND most
    GROUP BY ALL
)
SELECT
    (SELECT max(time) FROM prefixes) AS time,
    kind,
    length,
    kind || ', ' || length AS space,
    coalesce(prefixes, 0) AS prefixes,
    CASE WHEN kind = 'native' THEN coalesce(prefixes, 0) / nullif(sum(prefixes) OVER (PARTITION BY kind), 0) END AS share_of_native
FROM kinds LEFT JOIN counted USING (kind, length, least)
WHERE EXISTS (SELECT 1 FROM prefixes)
ORDER BY CASE kind WHEN 'native' THEN 1 WHEN '6to4' THEN 2 WHEN 'Teredo' THEN 3 ELSE 4 END, least
