SELECT
    windows.day,
    windows.collector,
    CAST(updates.family AS BIGINT) AS family,
    count(DISTINCT (peer_address, peer_asn)) AS peers,
    count(*) FILTER (WHERE kind = 'announce') AS announcements,
    count(*) FILTER (WHERE kind = 'withdraw') AS withdrawals,
    count(DISTINCT prefix) AS prefixes,
    round(count(*) / greatest(any_value(minutes_covered), 1) / count(DISTINCT (peer_address, peer_asn)), 2) AS a_minute_and_peer,
    'IPv' || updates.family || ' at ' || windows.collector AS series,
    any_value('between ' || since || ' and ' || until || ' UTC') AS period,
    any_value(minutes_covered) AS minutes_covered,
    CAST(1440 AS BIGINT) AS minutes_of_day
FROM updates JOIN windows ON windows.collector = updates.collector AND windows.day = CAST(date_trunc('day', updates.time) AS DATE)
WHERE kind IN ('announce', 'withdraw') AND family > 0
GROUP BY ALL
ORDER BY windows.day, family, announcements DESC, windows.collector
