,
-- The newest hour with both families, and the newest of the same collectors about a year before it.
hours AS MATERIALIZED (
    SELECT time, measured, full_feed_ases FROM feeds
    WHERE family = 6 AND time IN (SELECT time FROM country_stats WHERE family = 6) AND time IN (SELECT time FROM country_stats WHERE family = 4)
),
last AS MATERIALIZED (SELECT * FROM hours ORDER BY time DESC LIMIT 1),
earlier AS (
    SELECT max(hours.time) AS time FROM hours JOIN last ON hours.measured = last.measured
    WHERE hours.time BETWEEN last.time - INTERVAL 430 DAY AND last.time - INTERVAL 330 DAY
),
counted AS MATERIALIZED (
    SELECT time, country,
        sum(CASE WHEN family = 4 THEN ases - ases_both ELSE ases END) AS ases,
        sum(CASE WHEN family = 6 THEN ases ELSE 0 END) AS ipv6_ases,
        sum(CASE WHEN family = 6 THEN span ELSE 0 END) AS ipv6_span,
        max(file_date) AS file_date
    FROM country_stats
    WHERE registration = 'as' AND time IN (SELECT time FROM last UNION SELECT time FROM earlier)
    GROUP BY time, country
),
ranked AS MATERIALIZED (
    SELECT *, rank() OVER (PARTITION BY time, country = 'unknown' ORDER BY ipv6_ases DESC) AS place FROM counted
)
SELECT
    last.time,
    c.country,
    CASE WHEN c.country <> 'unknown' AND c.ipv6_ases > 0 THEN c.place END AS rank,
    CASE WHEN b.country <> 'unknown' AND b.ipv6_ases > 0 THEN b.place END AS rank_before,
    earlier.time AS time_before,
    CAST(c.ases AS BIGINT) AS ases,
    CAST(c.ipv6_ases AS BIGINT) AS ipv6_ases,
    c.ipv6_ases / nullif(c.ases, 0) AS ipv6_share,
    b.ipv6_ases / nullif(b.ases, 0) AS ipv6_share_before,
    c.ipv6_span,
    CAST(sum(c.ases) OVER () AS BIGINT) AS all_ases,
    CAST(sum(CASE WHEN c.country <> 'unknown' THEN c.ases ELSE 0 END) OVER () AS BIGINT) AS known_ases,
    TRY_CAST(string_split(c.file_date, ',')[-1] AS DATE) AS file_date,
    measured,
    full_feed_ases
FROM last JOIN ranked AS c ON c.time = last.time CROSS JOIN earlier LEFT JOIN ranked AS b ON b.time = earlier.time AND b.country = c.country
WHERE c.ases > 0
ORDER BY rank NULLS LAST, c.country
