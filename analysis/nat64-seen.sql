WITH translation AS (
    SELECT *
    FROM vantage_checks
    WHERE test IN ('dns64', 'nat64-prefix', 'nat64', 'pref64', 'nat64-name') OR test = 'address' AND class IN ('464xlat', 'shared')
),
runs AS (
    SELECT
        run_id, run_time, vantage,
        count(*) AS checks,
        count(*) FILTER (WHERE result IN ('ok', 'absent')) AS answered,
        count(DISTINCT target) FILTER (WHERE test IN ('nat64-prefix', 'pref64') AND result = 'ok') AS prefixes
    FROM translation
    GROUP BY ALL
)
SELECT
    run_time,
    vantage,
    CASE test WHEN 'dns64' THEN 'the resolver synthesises' WHEN 'nat64-prefix' THEN 'prefix for translation' WHEN 'nat64' THEN 'IPv4 through the translator'
        WHEN 'pref64' THEN 'advertised prefix' WHEN 'nat64-name' THEN 'name of the translator' ELSE 'path of IPv4' END AS what,
    target,
    result,
    class,
    rfc,
    CASE WHEN test IN ('nat64-prefix', 'pref64') THEN CAST(value AS BIGINT) END AS prefix_length,
    detail,
    CASE WHEN test IN ('nat64-prefix', 'pref64') AND result = 'ok' THEN 'yes' ELSE 'no' END AS found,
    prefixes,
    answered,
    checks
FROM translation JOIN runs USING (run_id, run_time, vantage)
ORDER BY run_time DESC, vantage, CASE test WHEN 'nat64-prefix' THEN 1 WHEN 'pref64' THEN 2 WHEN 'dns64' THEN 3 WHEN 'nat64' THEN 4 ELSE 5 END, target, result, detail
LIMIT 5000
