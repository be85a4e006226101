SELECT
    CAST(date_trunc('month', time) AS DATE) AS month,
    category,
    avg(value) AS percent,
    min(value) AS lowest_day,
    max(value) AS highest_day,
    count(*) AS days,
    any_value(source) AS source
FROM external_series
WHERE series = 'google-ipv6'
GROUP BY date_trunc('month', time), category
ORDER BY category, month
