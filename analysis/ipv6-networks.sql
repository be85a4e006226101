,
-- The newest hour of each month of which the places of the networks are known in both families.
hours AS MATERIALIZED (
    SELECT max(time) AS time FROM as_registrations
    WHERE time IN (SELECT time FROM as_topology WHERE family = 4) AND time IN (SELECT time FROM as_topology WHERE family = 6)
    GROUP BY date_trunc('month', time)
),
sources AS (
    SELECT time, string_agg(series, '; ' ORDER BY family) AS measured FROM feeds JOIN hours USING (time) GROUP BY time
),
breaks AS (
    SELECT time,
        CASE WHEN measured <> lag(measured) OVER (ORDER BY time) THEN 'collectors: ' || lag(measured) OVER (ORDER BY time) || ' to ' || measured ELSE '' END AS break
    FROM sources
),
places AS (
    SELECT time, asn, bool_or(in_clique) AS top, sum(customers) AS customers FROM as_topology JOIN hours USING (time) GROUP BY time, asn
),
networks AS (
    SELECT time, ipv4_prefixes > 0 AS ipv4, ipv6_prefixes > 0 AS ipv6,
        CASE WHEN places.asn IS NULL THEN 'on no path' WHEN top THEN 'at the top' WHEN customers > 0 THEN 'with customers' ELSE 'without customers' END AS kind
    FROM as_registrations JOIN hours USING (time) LEFT JOIN places USING (time, asn)
),
counted AS (
    SELECT
        time,
        coalesce(kind, 'all') AS kind,
        count(*) AS ases,
        count(*) FILTER (WHERE ipv4 AND ipv6) AS both,
        count(*) FILTER (WHERE NOT ipv6) AS ipv4_only,
        count(*) FILTER (WHERE NOT ipv4) AS ipv6_only
    FROM networks
    GROUP BY GROUPING SETS ((time), (time, kind))
)
SELECT
    time,
    kind,
    ases,
    counted.both,
    ipv4_only,
    ipv6_only,
    counted.both / ases AS share_of_both,
    full_feed_ases,
    coalesce(break, '') AS break
FROM counted JOIN (SELECT time, max(full_feed_ases) AS full_feed_ases FROM as_topology WHERE family = 6 GROUP BY time) USING (time) LEFT JOIN breaks USING (time)
ORDER BY time, CASE kind WHEN 'all' THEN 1 WHEN 'at the top' THEN 2 WHEN 'with customers' THEN 3 WHEN 'without customers' THEN 4 ELSE 5 END
