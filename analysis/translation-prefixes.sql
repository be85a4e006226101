,
documents (document, block, family) AS (
    VALUES ('RFC 6052', '64:ff9b::/96', 6), ('RFC 6598', '100.64.0.0/10', 4), ('RFC 8215', '64:ff9b:1::/48', 6)
),
-- A time counts for a document only if its dumps hold routes of the family: otherwise nothing was measured.
times AS (
    SELECT
        time, document, block, measured, full_feed_ases,
        CASE WHEN measured <> lag(measured) OVER s THEN 'collectors: ' || lag(measured) OVER s || ' to ' || measured ELSE break END AS break
    FROM documents JOIN feeds USING (family)
    WINDOW s AS (PARTITION BY document ORDER BY time)
)
SELECT
    time,
    document,
    block,
    count(prefix) AS routes,
    CASE WHEN count(*) FILTER (WHERE verdict = 'unknown') = 0 THEN count(prefix) FILTER (WHERE verdict = 'self-feed-only') END AS self_feed_only,
    CASE WHEN count(*) FILTER (WHERE verdict = 'unknown') = 0 THEN count(prefix) FILTER (WHERE verdict = 'global') END AS global,
    CAST(CASE WHEN count(prefix) = count(peers) THEN coalesce(max(peers), 0) END AS BIGINT) AS most_peers,
    coalesce(string_agg(DISTINCT prefix, ' ' ORDER BY prefix), '') AS prefixes,
    measured,
    CAST(sum(count(prefix)) OVER (PARTITION BY time) AS BIGINT) AS all_routes,
    regexp_replace(string_agg(document, ', ') OVER (PARTITION BY time ORDER BY document ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), ', ([^,]*)$', ' and \1') AS documents,
    full_feed_ases,
    break
FROM times LEFT JOIN (SELECT time, block, verdict, nullif(peers, 0) AS peers, prefix FROM translation_routes) AS inside USING (time, block)
GROUP BY time, document, block, measured, full_feed_ases, break
ORDER BY document, time
