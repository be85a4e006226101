-- One row a month. A month is complete if the file has all its days.
WITH months AS (
    SELECT
        CAST(date_trunc('month', time) AS DATE) AS month,
        avg(value) FILTER (WHERE category = 'all IPv6') / 100 AS share,
        min(value) FILTER (WHERE category = 'all IPv6') / 100 AS lowest_day,
        max(value) FILTER (WHERE category = 'all IPv6') / 100 AS highest_day,
        avg(value) FILTER (WHERE category = 'native IPv6') / 100 AS native_share,
        avg(value) FILTER (WHERE category = '6to4/Teredo') / 100 AS tunnelled_share,
        count(DISTINCT time) FILTER (WHERE category = 'all IPv6') AS days,
        max(source) AS source
    FROM external_series
    WHERE series = 'google-ipv6' AND country = ''
    GROUP BY date_trunc('month', time)
)
SELECT
    month,
    share,
    lowest_day,
    highest_day,
    native_share,
    tunnelled_share,
    days,
    day(last_day(month)) AS days_of_month,
    CASE WHEN days = day(last_day(month)) THEN 'yes' ELSE 'no' END AS complete,
    tunnelled_share < 0.0001 AS hardly_tunnelled,
    source
FROM months
ORDER BY month
