WITH published AS (
    SELECT
        number,
        arg_max(make_date(published_year, greatest(published_month, 1), 1), snapshot_date || ' ' || published_year || ' ' || published_month) FILTER (WHERE published_year > 0) AS day
    FROM rfcs
    WHERE NOT not_issued
    GROUP BY number
)
SELECT
    before AS status,
    now AS next_status,
    count(*) AS changes,
    round(median(date_diff('month', day, after)) / 12, 1) AS median_years_at_least,
    round(median(date_diff('month', day, until)) / 12, 1) AS median_years_at_most,
    count(*) FILTER (WHERE day IS NULL) AS undated,
    max(max(until)) OVER () AS as_of
FROM rfc_events JOIN published USING (number)
WHERE kind = 'status'
GROUP BY ALL
ORDER BY changes DESC, status, next_status
