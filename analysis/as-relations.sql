,
counted AS (
    SELECT time, family, CASE WHEN relation IN ('provider', 'customer') THEN 'transit' WHEN relation = 'peer' THEN 'peering' ELSE 'unknown' END AS relation,
        count(*) AS links, count(*) FILTER (WHERE vantages > 1) AS confirmed
    FROM as_links
    GROUP BY ALL
),
hours AS (
    SELECT
        time, family, vantages_total,
        count(*) AS all_links,
        count(*) FILTER (WHERE relation <> 'unknown') AS known_links
    FROM as_links
    GROUP BY ALL
),
relations (relation, place) AS (VALUES ('transit', 1), ('peering', 2), ('unknown', 3))
-- Every hour has every relation, be it with 0 links.
SELECT
    time,
    CAST(family AS BIGINT) AS family,
    relation,
    'IPv' || family || ', ' || strftime(time, '%Y-%m-%d %H:%M') AS hour,
    CAST(coalesce(links, 0) AS BIGINT) AS links,
    coalesce(links, 0) / all_links AS share,
    CAST(coalesce(confirmed, 0) AS BIGINT) AS seen_twice,
    CAST(known_links AS BIGINT) AS known_links,
    CAST(all_links AS BIGINT) AS all_links,
    vantages_total,
    measured,
    full_feed_ases,
    break
FROM hours CROSS JOIN relations LEFT JOIN counted USING (time, family, relation) JOIN feeds USING (time, family)
ORDER BY time DESC, family, place
