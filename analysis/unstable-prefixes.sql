WITH newest AS (SELECT max(CAST(date_trunc('day', time) AS DATE)) AS day FROM updates)
SELECT
    newest.day,
    CAST(family AS BIGINT) AS family,
    prefix,
    count(*) FILTER (WHERE kind = 'announce') AS announcements,
    count(*) FILTER (WHERE kind = 'withdraw') AS withdrawals,
    count(DISTINCT (collector, peer_address, peer_asn)) AS peers,
    arg_max(origin_asn, time) FILTER (WHERE kind = 'announce') AS last_origin
FROM updates JOIN newest ON newest.day = CAST(date_trunc('day', updates.time) AS DATE)
WHERE kind IN ('announce', 'withdraw') AND family > 0
GROUP BY ALL
ORDER BY announcements + withdrawals DESC, family, prefix
LIMIT 100
