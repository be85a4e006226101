-- One row for each month, publisher and measure, of all users: the mean of the days that the publisher gives.
WITH months AS (
    SELECT
        CAST(date_trunc('month', time) AS DATE) AS month,
        CASE series WHEN 'google-ipv6' THEN 'Google' WHEN 'apnic-ipv6' THEN 'APNIC Labs' ELSE publisher END AS publisher,
        category AS measure,
        unit,
        avg(value) / 100 AS share,
        count(DISTINCT time) AS days,
        avg(n) AS samples_a_day
    FROM external_series
    WHERE unit IN ('percent of users', 'percent of requests') AND country = '' AND subset = 'all users' AND category NOT IN ('native IPv6', '6to4/Teredo')
    GROUP BY ALL
),
-- Only shares of users are compared, and only between publishers.
compared AS (
    SELECT month, count(DISTINCT publisher) AS publishers, min(days) AS least_days, max(share) - min(share) AS spread
    FROM months WHERE unit = 'percent of users' GROUP BY month
)
SELECT
    month,
    publisher,
    measure,
    publisher || ': ' || measure AS series,
    share,
    unit,
    samples_a_day,
    CASE WHEN publisher <> 'Google' AND unit = 'percent of users' THEN 100 * (share - max(share) FILTER (WHERE publisher = 'Google') OVER m) END AS points_above_google,
    CASE WHEN publishers > 1 THEN 100 * spread END AS points_apart,
    publishers,
    days,
    day(last_day(month)) AS days_of_month,
    CASE WHEN least_days = day(last_day(month)) THEN 'yes' ELSE 'no' END AS complete,
    CASE WHEN publishers > 1 THEN 'yes' ELSE 'no' END AS compared
FROM months LEFT JOIN compared USING (month)
WINDOW m AS (PARTITION BY month)
ORDER BY month, unit DESC, publisher, measure
