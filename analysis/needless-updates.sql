SELECT
    update_day,
    'IPv' || family || ' at ' || collector AS series,
    collector,
    CAST(family AS BIGINT) AS family,
    files,
    round(seconds / 60, 1) AS minutes,
    announcements,
    withdrawals,
    duplicates,
    repeated_withdrawals,
    round(100 * (duplicates + repeated_withdrawals) / nullif(announcements + withdrawals, 0), 2) AS percent_needless,
    prefixes,
    CAST(least(round(seconds / 60), 1440) AS BIGINT) AS minutes_covered,
    CAST(1440 AS BIGINT) AS minutes_of_day
FROM update_stats
WHERE peer_address = '' AND family > 0
ORDER BY family, update_day, announcements DESC, collector
