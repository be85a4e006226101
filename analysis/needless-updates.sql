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
    round(100 * (duplicates + repeated_withdrawals) / (announcements + withdrawals), 2) AS percent_needless,
    prefixes
FROM update_stats
WHERE peer_address = '' AND family > 0
ORDER BY family, collector, update_day
