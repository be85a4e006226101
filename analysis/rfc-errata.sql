WITH newest AS (SELECT max(snapshot_date) AS snapshot_date FROM rfc_errata)
SELECT
    if(
        year(submitted) < year(snapshot_date + INTERVAL 1 DAY), CAST(year(submitted) AS VARCHAR), NULL
    ) AS year,
    status,
    count(*) AS errata,
    count(DISTINCT number) AS rfcs,
    count(*) FILTER (WHERE submitted IS NULL) AS undated,
    snapshot_date AS as_of
FROM rfc_errata JOIN newest USING (snapshot_date)
GROUP BY ALL
ORDER BY year NULLS LAST, status
