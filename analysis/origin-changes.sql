,
newest AS (SELECT max(time) AS time FROM route_counts WHERE change <> 'unknown'),
coverage AS (
    SELECT time, family, CAST(sum(routes) AS BIGINT) AS pairs, CAST(coalesce(sum(routes) FILTER (WHERE change <> 'unknown'), 0) AS BIGINT) AS known_pairs
    FROM route_counts JOIN newest USING (time)
    GROUP BY ALL
),
changed AS (
    SELECT * EXCLUDE (full_feed_ases), CASE WHEN origins_before = '' THEN 'new prefix' WHEN moas THEN 'one more origin' ELSE 'another origin' END AS change
    FROM route_states JOIN newest USING (time)
    WHERE newly_seen = 'yes'
)
SELECT
    time,
    CAST(family AS BIGINT) AS family,
    prefix,
    CASE WHEN origin_set <> '' THEN origin_set ELSE CAST(origin_asn AS VARCHAR) END AS origin,
    origins_before,
    change,
    verdict,
    rov_state,
    bogon_class,
    CAST(nullif(peers, 0) AS BIGINT) AS peers,
    CAST(CASE WHEN full_feed_total > 0 THEN full_feed_peers END AS BIGINT) AS full_feed_peers,
    CAST(nullif(full_feed_total, 0) AS BIGINT) AS full_feed_total,
    TRY_CAST(string_split(roa_date, ',')[-1] AS DATE) AS roa_date,
    measured,
    count(*) OVER () AS all_new,
    count(*) FILTER (WHERE change = 'another origin') OVER () AS all_replaced,
    count(*) FILTER (WHERE change = 'one more origin') OVER () AS all_added,
    known_pairs,
    pairs,
    full_feed_ases
FROM changed JOIN coverage USING (time, family) JOIN feeds USING (time, family)
ORDER BY origins_before = '', verdict = 'global' DESC, family, prefix_length, prefix, origin
LIMIT 20000
