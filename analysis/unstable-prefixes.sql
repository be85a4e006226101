,
newest AS (SELECT max(day) AS day FROM windows),
-- Over the collectors of the day.
period AS (
    SELECT
        day,
        'between ' || min(since) || ' and ' || max(until) || ' UTC' AS period,
        max(minutes_covered) AS minutes_covered,
        string_agg(collector, ', ' ORDER BY collector) AS measured
    FROM windows JOIN newest USING (day)
    GROUP BY day
)
SELECT
    period.day,
    CAST(family AS BIGINT) AS family,
    prefix,
    count(*) FILTER (WHERE kind = 'announce') AS announcements,
    count(*) FILTER (WHERE kind = 'withdraw') AS withdrawals,
    count(DISTINCT (collector, peer_address, peer_asn)) AS peers,
    (max({'time': time, 'asn': origin_asn}) FILTER (WHERE kind = 'announce')).asn AS last_origin,
    count(*) AS changes,
    any_value(period) AS period,
    any_value(minutes_covered) AS minutes_covered,
    CAST(1440 AS BIGINT) AS minutes_of_day,
    any_value(measured) AS measured
FROM updates JOIN period ON period.day = CAST(date_trunc('day', updates.time) AS DATE)
WHERE kind IN ('announce', 'withdraw') AND family > 0
GROUP BY period.day, family, prefix
ORDER BY changes DESC, family, prefix
LIMIT 100
