WITH names AS (SELECT asn, arg_max(name, file_date) AS name FROM as_names GROUP BY asn)
SELECT
    update_day,
    collector,
    peer_address,
    CAST(peer_asn AS BIGINT) AS peer_asn,
    coalesce(names.name, '') AS name,
    session_losses,
    state_changes
FROM update_stats LEFT JOIN names ON names.asn = peer_asn
WHERE peer_address <> '' AND family = 0
ORDER BY update_day DESC, session_losses DESC, collector, peer_asn, peer_address
