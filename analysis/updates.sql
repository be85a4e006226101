WITH spans AS (
    SELECT collector, CAST(date_trunc('day', time) AS DATE) AS day, date_diff('second', min(time), max(time)) / 60 AS minutes FROM updates GROUP BY ALL
)
SELECT
    spans.day,
    updates.collector,
    CAST(updates.family AS BIGINT) AS family,
    count(DISTINCT (peer_address, peer_asn)) AS peers,
    count(*) FILTER (WHERE kind = 'announce') AS announcements,
    count(*) FILTER (WHERE kind = 'withdraw') AS withdrawals,
    count(DISTINCT prefix) AS prefixes,
    round(any_value(minutes), 1) AS minutes,
    round(count(*) / greatest(any_value(minutes), 1 / 60) / count(DISTINCT (peer_address, peer_asn)), 2) AS a_minute_and_peer
FROM updates JOIN spans ON spans.collector = updates.collector AND spans.day = CAST(date_trunc('day', updates.time) AS DATE)
WHERE kind IN ('announce', 'withdraw') AND family > 0
GROUP BY ALL
ORDER BY day, updates.collector, family
