-- The newest month of each country, publisher and measure, at most a year before the newest of all.
WITH months AS (
    SELECT
        country,
        CASE series WHEN 'google-ipv6' THEN 'Google' WHEN 'apnic-ipv6' THEN 'APNIC Labs' ELSE publisher END AS publisher,
        category AS measure,
        unit,
        CAST(date_trunc('month', time) AS DATE) AS month,
        avg(value) / 100 AS share,
        count(DISTINCT time) AS days,
        avg(n) AS samples_a_day
    FROM external_series
    WHERE unit IN ('percent of users', 'percent of requests') AND country <> ''
    GROUP BY ALL
),
newest AS (
    SELECT country, publisher, measure, unit, max(month) AS month
    FROM months
    WHERE month > (SELECT max(month) FROM months) - INTERVAL 1 YEAR
    GROUP BY ALL
),
spread AS (
    SELECT country, count(DISTINCT publisher) AS publishers, 100 * (max(share) - min(share)) AS points_apart
    FROM months JOIN newest USING (country, publisher, measure, unit, month)
    WHERE unit = 'percent of users'
    GROUP BY country
)
SELECT
    month,
    country,
    publisher,
    measure,
    share,
    unit,
    days,
    samples_a_day,
    publishers,
    CASE WHEN publishers > 1 THEN points_apart END AS points_apart
FROM months JOIN newest USING (country, publisher, measure, unit, month) LEFT JOIN spread USING (country)
ORDER BY points_apart DESC NULLS LAST, country, unit DESC, publisher, measure
