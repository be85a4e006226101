,
-- Each dump against the median of up to 30 dumps before it, at least 8. How far a series strays by itself is the median of the
-- distances from that median, times 1.4826: what is the standard deviation where they are distributed normally. A steady growth
-- strays by itself, so only what is sudden stands out. A series that never moved may stray by a hundredth.
jumping AS (
    SELECT
        collector, source, family, metric, dump_time, value,
        list(value) OVER (PARTITION BY collector, source, family, metric ORDER BY dump_time ROWS BETWEEN 30 PRECEDING AND 1 PRECEDING) AS history
    FROM table_stats
    WHERE vantage_address = '' AND key = '' AND metric IN ('prefixes', 'origin_ases', 'full_feed_peers', 'moas_prefixes')
),
medians AS (
    SELECT *, list_median(history) AS median FROM jumping WHERE len(history) >= 8
),
strays AS (
    SELECT *, greatest(1.4826 * list_median(list_transform(history, x -> abs(x - median))), 0.01 * abs(median), 1) AS stray FROM medians
)
SELECT
    dump_time, collector, source, CAST(family AS BIGINT) AS family, metric, value, median,
    round((value - median) / stray, 1) AS strays,
    CAST(len(history) AS BIGINT) AS points,
    CASE metric
        WHEN 'origin_ases' THEN 'origin ASes' WHEN 'full_feed_peers' THEN 'full-feed peers'
        WHEN 'moas_prefixes' THEN 'prefixes with several origins' ELSE metric
    END AS counted,
    value / nullif(median, 0) AS times_the_median,
    full_feed_ases,
    all_full_feed_ases,
    break
FROM strays LEFT JOIN feeds USING (collector, source, dump_time, family)
WHERE abs(value - median) > 5 * stray
ORDER BY dump_time DESC, collector, source, family, metric
