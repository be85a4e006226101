-- A run is comparable with the run before it of the same source and list, unless the source moved to another AS, the list
-- was renewed, or the sample is drawn in another way. A panel stays the same when its list is renewed.
WITH probe_runs AS (
    SELECT
        run_id,
        run_time,
        list_id,
        split_part(run_id, '/', 1) AS vantage,
        max(vantage_asn) AS asn,
        coalesce(CAST(max(list_date) AS VARCHAR), 'an unknown day') AS list_day,
        CASE WHEN bool_or(sample_seed <> 0) THEN 'a drawn sample' ELSE 'the whole list' END AS method
    FROM domain_readiness
    GROUP BY ALL
),
moves AS (
    SELECT
        *,
        CASE WHEN lag(asn) OVER s <> asn THEN 'vantage: AS' || lag(asn) OVER s || ' to AS' || asn ELSE '' END AS moved,
        CASE WHEN lag(list_day) OVER s <> list_day THEN 'list: ' || lag(list_day) OVER s || ' to ' || list_day ELSE '' END AS renewed,
        CASE WHEN lag(method) OVER s <> method THEN 'method: ' || lag(method) OVER s || ' to ' || method ELSE '' END AS redrawn
    FROM probe_runs
    WINDOW s AS (PARTITION BY list_id, vantage ORDER BY run_time, run_id)
),
runs AS (
    SELECT
        run_id,
        run_time,
        list_id,
        vantage,
        moved AS panel_break,
        concat_ws('; ', nullif(moved, ''), nullif(renewed, ''), nullif(redrawn, '')) AS level_break,
        CASE WHEN min(list_id) OVER () <> max(list_id) OVER () THEN ', ' || list_id ELSE '' END
            || CASE WHEN min(vantage) OVER () <> max(vantage) OVER () THEN ', ' || vantage ELSE '' END AS place,
        list_id || CASE WHEN min(vantage) OVER () <> max(vantage) OVER () THEN ', ' || vantage ELSE '' END AS probed
    FROM moves
),
