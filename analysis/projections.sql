,
points AS (
    SELECT series, family, collector, source, dump_time, epoch(dump_time) / 31556952 AS t, max(value) AS y, any_value(full_feed_ases) AS full_feed_ases, any_value(all_full_feed_ases) AS all_full_feed_ases, any_value(break) AS break
    FROM table_stats JOIN feeds USING (collector, source, dump_time, family)
    WHERE metric = 'prefixes' AND vantage_address = '' AND value > 0
    GROUP BY ALL
),
-- Years from the middle of the series, so that the sums stay small.
centred AS (
    SELECT series, y, ln(y) AS ly, t - avg(t) OVER s AS x, pow(t - avg(t) OVER s, 2) AS z, max(t) OVER s - avg(t) OVER s AS newest
    FROM points
    WINDOW s AS (PARTITION BY series)
),
described AS (
    SELECT series, any_value(family) AS family, any_value(collector) AS collector, any_value(source) AS source, max(dump_time) AS until,
        arg_max(full_feed_ases, dump_time || ' ' || full_feed_ases) AS full_feed_ases, arg_max(all_full_feed_ases, dump_time || ' ' || all_full_feed_ases) AS all_full_feed_ases, count(*) FILTER (WHERE break <> '') AS breaks
    FROM points
    GROUP BY series
),
sums AS (
    SELECT series, any_value(newest) AS newest, count(*) AS dumps, avg(y) AS my, avg(ly) AS mly, avg(z) AS mz,
        var_pop(x) AS xx, var_pop(z) AS zz, covar_pop(x, z) AS xz, covar_pop(y, x) AS yx, covar_pop(y, z) AS yz, covar_pop(ly, x) AS lyx
    FROM centred
    GROUP BY series
    HAVING count(*) >= 5 AND var_pop(x) > 0
),
-- Least squares: value at x is c0 + c1 x + c2 x², of the logarithm for the exponential.
models AS (
    SELECT series, 'linear' AS model, my AS c0, yx / xx AS c1, 0 AS c2, newest, dumps FROM sums
    UNION ALL
    SELECT series, 'exponential', mly, lyx / xx, 0, newest, dumps FROM sums
    UNION ALL
    SELECT series, 'quadratic',
        my - mz * (yz * xx - yx * xz) / (xx * zz - xz * xz), (yx * zz - yz * xz) / (xx * zz - xz * xz), (yz * xx - yx * xz) / (xx * zz - xz * xz),
        newest, dumps
    FROM sums WHERE xx * zz - xz * xz > 1e-9
),
fits AS (
    SELECT models.*, sqrt(avg(pow(y - CASE model WHEN 'exponential' THEN exp(c0 + c1 * x) ELSE c0 + c1 * x + c2 * x * x END, 2))) / avg(y) AS error
    FROM models JOIN centred USING (series)
    GROUP BY ALL
)
SELECT
    series,
    model,
    dumps,
    until,
    round(100 * error, 2) AS percent_error,
    TRY_CAST(round(CASE model WHEN 'exponential' THEN exp(c0 + c1 * (newest + 1)) ELSE c0 + c1 * (newest + 1) + c2 * pow(newest + 1, 2) END) AS BIGINT) AS in_a_year,
    TRY_CAST(round(CASE model WHEN 'exponential' THEN exp(least(c0 + c1 * (newest + 5), 40)) ELSE c0 + c1 * (newest + 5) + c2 * pow(newest + 5, 2) END) AS BIGINT) AS in_five_years,
    until + INTERVAL 1 YEAR AS a_year_later,
    CAST(family AS BIGINT) AS family,
    collector,
    source,
    full_feed_ases,
    all_full_feed_ases,
    breaks
FROM fits JOIN described USING (series)
ORDER BY family, until DESC, full_feed_ases DESC NULLS LAST, dumps DESC, series, percent_error, model
