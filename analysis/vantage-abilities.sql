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
        bool_or(result = 'ok') FILTER (WHERE test = 'resolver' AND family = 6) AS resolver_over_ipv6,
        bool_or(result = 'ok') FILTER (WHERE test = 'dnssec') AS validates,
        coalesce(string_agg(target, ' ' ORDER BY target) FILTER (WHERE test = 'nat64-prefix' AND result = 'ok'), '') AS nat64_prefixes,
        coalesce(string_agg(DISTINCT class, ' ' ORDER BY class) FILTER (WHERE test = 'default-route' AND family = 6 AND result = 'ok'), '') AS ipv6_source,
        any_value(detail) FILTER (WHERE test = 'score') AS score_note
    FROM vantage_checks
    GROUP BY ALL
)
SELECT * EXCLUDE (run_id)
FROM runs
ORDER BY vantage, run_time, run_id
