-- The newest hour of which the places of the networks are known in both families.
WITH hour AS (
    SELECT max(time) AS time FROM as_registrations
    WHERE time IN (SELECT time FROM as_topology WHERE family = 4) AND time IN (SELECT time FROM as_topology WHERE family = 6)
),
places AS (
    SELECT asn, bool_or(in_clique) AS top, sum(customers) AS customers FROM as_topology JOIN hour USING (time) GROUP BY asn
),
networks AS (
    SELECT time, ipv4_prefixes > 0 AS ipv4, ipv6_prefixes > 0 AS ipv6,
        CASE WHEN places.asn IS NULL THEN 'on no path' WHEN top THEN 'at the top' WHEN customers > 0 THEN 'with customers' ELSE 'without customers' END AS kind
    FROM as_registrations JOIN hour USING (time) LEFT JOIN places USING (asn)
)
SELECT
    time,
    coalesce(kind, 'all') AS kind,
    count(*) AS ases,
    count(*) FILTER (WHERE ipv4 AND ipv6) AS both,
    count(*) FILTER (WHERE NOT ipv6) AS ipv4_only,
    count(*) FILTER (WHERE NOT ipv4) AS ipv6_only,
    count(*) FILTER (WHERE ipv4 AND ipv6) / count(*) AS share_of_both,
    (SELECT max(full_feed_ases) FROM as_topology JOIN hour USING (time) WHERE family = 6) AS full_feed_ases
FROM networks
GROUP BY GROUPING SETS ((time), (time, kind))
ORDER BY CASE coalesce(kind, 'all') WHEN 'all' THEN 1 WHEN 'at the top' THEN 2 WHEN 'with customers' THEN 3 WHEN 'without customers' THEN 4 ELSE 5 END
