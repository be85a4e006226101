WITH runs AS (
    SELECT
        run_id,
        run_time,
        vantage,
        max(value) FILTER (WHERE test = 'score') AS score,
        count(*) FILTER (WHERE test = 'connect' AND family = 6 AND result = 'ok') AS ipv6_reached,
        count(*) FILTER (WHERE test = 'connect' AND family = 6 AND result <> 'untested') AS ipv6_tried,
        count(*) FILTER (WHERE test = 'connect' AND family = 4 AND result = 'ok') AS ipv4_reached,
        count(*) FILTER (WHERE test = 'connect' AND family = 4 AND result <> 'untested') AS ipv4_tried,
        median(value) FILTER (WHERE test = 'connect' AND family = 6 AND result = 'ok') AS ipv6_ms,
        median(value) FILTER (WHERE test = 'connect' AND family = 4 AND result = 'ok') AS ipv4_ms,
        max(value) FILTER (WHERE test = 'happy-eyeballs') AS most_lost_ms,
        CAST(min(value) FILTER (WHERE test = 'path-mtu' AND family = 6) AS BIGINT) AS ipv6_path_mtu,
        count(*) FILTER (WHERE test = 'large-exchange' AND result = 'black-hole') AS black_holes,
        count(*) FILTER (WHERE test = 'large-exchange' AND result IN ('ok', 'black-hole')) AS large_tried,
        bool_or(result = 'ok') FILTER (WHERE test = 'resolver' AND family = 6 AND result <> 'untested') AS resolver_over_ipv6,
        bool_or(result = 'ok') FILTER (WHERE test = 'dnssec' AND result <> 'untested') AS validates,
        coalesce(string_agg(target, ' ' ORDER BY target) FILTER (WHERE test = 'nat64-prefix' AND result = 'ok'), '') AS nat64_prefixes,
        coalesce(string_agg(DISTINCT class, ' ' ORDER BY class) FILTER (WHERE test = 'default-route' AND family = 6 AND result = 'ok'), '') AS ipv6_source,
        coalesce(max(detail) FILTER (WHERE test = 'score'), '') AS score_note,
        count(*) FILTER (WHERE test <> 'score' AND result <> 'untested') AS tested,
        count(*) FILTER (WHERE test <> 'score') AS checks,
        coalesce(string_agg(DISTINCT target, ' ' ORDER BY target) FILTER (WHERE test = 'connect'), '') AS controls
    FROM vantage_checks
    GROUP BY ALL
)
SELECT
    run_time,
    vantage,
    score,
    CASE WHEN ipv6_tried > 0 THEN ipv6_reached END AS ipv6_reached,
    ipv6_tried,
    CASE WHEN ipv4_tried > 0 THEN ipv4_reached END AS ipv4_reached,
    ipv4_tried,
    ipv6_ms,
    ipv4_ms,
    most_lost_ms,
    ipv6_path_mtu,
    CASE WHEN large_tried > 0 THEN black_holes END AS black_holes,
    resolver_over_ipv6,
    validates,
    nat64_prefixes,
    ipv6_source,
    score_note,
    tested,
    checks,
    CASE WHEN lag(controls) OVER s <> controls THEN 'method: other control hosts' ELSE '' END AS break
FROM runs
WINDOW s AS (PARTITION BY vantage ORDER BY run_time, run_id)
ORDER BY vantage, run_time, run_id
