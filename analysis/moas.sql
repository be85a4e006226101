,
newest AS (SELECT max(time) AS time FROM route_hours),
-- Full feeds of n of N; nothing where the tables of the hour name none.
told AS (
    SELECT
        time, family, prefix, origin_asn, nullif(peers, 0) AS peers, rov_state, verdict, roa_date,
        CASE WHEN full_feed_total > 0 THEN full_feed_peers END AS carriers,
        nullif(full_feed_total, 0) AS of_carriers
    FROM route_states JOIN newest USING (time)
    WHERE moas AND left_out = ''
)
SELECT
    time,
    CAST(family AS BIGINT) AS family,
    prefix,
    count(*) AS origins,
    string_agg(
        'AS' || origin_asn || ' (' || coalesce(carriers || ' of ' || of_carriers || ' full feeds, ', '') || 'verdict ' || verdict || ', ROV ' || rov_state || ')', ', '
        ORDER BY carriers DESC NULLS LAST, origin_asn
    ) AS by_origin,
    CAST(max(peers) AS BIGINT) AS most_peers,
    measured,
    TRY_CAST(string_split(max(roa_date), ',')[-1] AS DATE) AS roa_date,
    full_feed_ases
FROM told JOIN feeds USING (time, family)
GROUP BY ALL
ORDER BY origins DESC, family, prefix
