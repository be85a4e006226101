WITH newest AS (SELECT max(snapshot_date) AS snapshot_date FROM rfc_errata)
SELECT
    coalesce(CAST(year(submitted) AS VARCHAR), 'not told') AS year,
    status,
    count(*) AS errata,
    count(DISTINCT number) AS rfcs,
    any_value(snapshot_date) AS snapshot_date
FROM rfc_errata JOIN newest USING (snapshot_date)
GROUP BY ALL
ORDER BY year, status
