,
list AS (
    SELECT max(snapshot_date) AS list_date FROM rfc_errata
),
found AS (
    SELECT number, count(*) AS errata
    FROM rfc_errata JOIN list ON rfc_errata.snapshot_date = list.list_date
    WHERE status IN ('verified', 'held')
    GROUP BY number
)
SELECT
    CAST(covered_year AS VARCHAR) AS year,
    list_date AS as_of,
    count(*) AS rfcs,
    count(*) FILTER (WHERE pages > 0) AS with_pages,
    CAST(sum(pages) AS BIGINT) AS pages,
    CAST(sum(errata) FILTER (WHERE pages > 0) AS BIGINT) AS errata,
    round(100.0 * coalesce(sum(errata) FILTER (WHERE pages > 0), 0) / nullif(sum(pages), 0), 2) AS per_100_pages,
    round(
        100.0 * coalesce(sum(sum(errata) FILTER (WHERE pages > 0)) OVER (), 0) / nullif(sum(sum(pages)) OVER (), 0), 2
    ) AS all_per_100_pages,
    CAST(sum(sum(pages)) OVER () AS BIGINT) AS all_pages,
    CAST(sum(sum(errata) FILTER (WHERE pages > 0)) OVER () AS BIGINT) AS all_errata,
    CAST(sum(count(*)) OVER () AS BIGINT) AS all_rfcs,
    CAST(sum(count(*) FILTER (WHERE pages > 0)) OVER () AS BIGINT) AS all_with_pages
FROM current CROSS JOIN list LEFT JOIN found USING (number)
WHERE covered_year IS NOT NULL AND list_date IS NOT NULL
GROUP BY covered_year, list_date
ORDER BY year
