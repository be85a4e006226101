WITH names AS (SELECT asn, arg_max(name, file_date || ' ' || name) AS name FROM as_names GROUP BY asn)
SELECT
    update_day,
    collector,
    peer_address,
    CAST(peer_asn AS BIGINT) AS peer_asn,
    coalesce(names.name, '') AS name,
    session_losses,
    state_changes,
    CAST(sum(session_losses) OVER (PARTITION BY update_day, collector) AS BIGINT) AS all_losses,
    count(*) FILTER (WHERE session_losses > 0) OVER (PARTITION BY update_day, collector) AS sessions_lost,
    CAST(least(round(seconds / 60), 1440) AS BIGINT) AS minutes_covered,
    CAST(1440 AS BIGINT) AS minutes_of_day
FROM update_stats LEFT JOIN names ON names.asn = peer_asn
WHERE peer_address <> '' AND family = 0
ORDER BY update_day DESC, all_losses DESC, session_losses DESC, collector, peer_asn, peer_address
