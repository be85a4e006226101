WITH names AS (SELECT asn, arg_max(name, file_date || ' ' || name) AS name FROM as_names GROUP BY asn),
covered AS (SELECT update_day, collector, max(seconds) AS seconds FROM update_stats GROUP BY ALL),
errors AS (
    SELECT CAST(time AS DATE) AS update_day, collector, peer_address, peer_asn, attribute, fault, handling, sum(messages) AS messages
    FROM update_errors
    GROUP BY ALL
)
SELECT
    errors.update_day,
    errors.collector,
    peer_address,
    CAST(peer_asn AS BIGINT) AS peer_asn,
    coalesce(names.name, '') AS name,
    attribute,
    fault,
    handling,
    CAST(messages AS BIGINT) AS messages,
    CAST(sum(messages) OVER day AS BIGINT) AS all_errors,
    CAST(CASE WHEN seconds IS NOT NULL THEN least(round(seconds / 60), 1440) END AS BIGINT) AS minutes_covered,
    CAST(1440 AS BIGINT) AS minutes_of_day
FROM errors
LEFT JOIN covered ON covered.update_day = errors.update_day AND covered.collector = errors.collector
LEFT JOIN names ON names.asn = peer_asn
WINDOW day AS (PARTITION BY errors.update_day, errors.collector)
ORDER BY errors.update_day DESC, all_errors DESC, errors.collector, messages DESC, peer_asn, peer_address, attribute, fault, handling
