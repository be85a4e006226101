SELECT
    dump_time,
    CAST(family AS BIGINT) AS family,
    collector,
    CASE WHEN vantage_address = '' THEN 'all peers' ELSE 'AS' || vantage_asn || ', ' || vantage_address END AS vantage,
    aspa_state,
    'IPv' || family || ' at ' || collector || ', ' || CASE WHEN vantage_address = '' THEN '' ELSE 'AS' || vantage_asn || ', ' || vantage_address || ', ' END || strftime(dump_time, '%Y-%m-%d %H:%M') AS dump,
    CAST(sum(paths) FILTER (WHERE procedure = 'downstream') AS BIGINT) AS paths,
    CAST(sum(paths) FILTER (WHERE procedure = 'upstream') AS BIGINT) AS upstream_paths,
    CAST(sum(sum(paths) FILTER (WHERE procedure = 'downstream')) OVER dump AS BIGINT) AS all_paths,
    sum(paths) FILTER (WHERE procedure = 'downstream') / nullif(sum(sum(paths) FILTER (WHERE procedure = 'downstream')) OVER dump, 0) AS share,
    sum(paths) FILTER (WHERE procedure = 'upstream') / nullif(sum(sum(paths) FILTER (WHERE procedure = 'upstream')) OVER dump, 0) AS upstream_share,
    TRY_CAST(string_split(max(aspa_date), ',')[-1] AS DATE) AS aspa_date
FROM aspa_stats
GROUP BY dump_time, family, collector, vantage_address, vantage_asn, aspa_state
WINDOW dump AS (PARTITION BY dump_time, family, collector, vantage_address, vantage_asn)
ORDER BY date_trunc('hour', dump_time) DESC, family, vantage_address <> '', all_paths DESC, collector, dump_time, vantage_asn, vantage_address, CASE aspa_state WHEN 'valid' THEN 1 WHEN 'unknown' THEN 2 ELSE 3 END
