WITH newest AS (SELECT max(time) AS time FROM route_states)
SELECT
    time,
    CAST(family AS BIGINT) AS family,
    prefix,
    count(*) AS origins,
    string_agg('AS' || origin_asn || ' (' || verdict || ', ' || rov_state || ')', ', ' ORDER BY visibility DESC NULLS LAST, origin_asn) AS by_origin,
    CAST(max(peers) AS BIGINT) AS most_peers
FROM route_states JOIN newest USING (time)
WHERE moas AND left_out = ''
GROUP BY ALL
ORDER BY origins DESC, family, prefix
