,
covered AS (SELECT max(covered_year) AS newest FROM current),
named AS (
    SELECT snapshot_date, source FROM rfcs JOIN believed USING (snapshot_date, source) WHERE rfcs.wg <> '' ORDER BY snapshot_date DESC, source LIMIT 1
),
list AS (SELECT max(snapshot_date) AS list_date FROM rfc_errata),
found AS (
    SELECT number, count(*) AS errata
    FROM rfc_errata JOIN list ON rfc_errata.snapshot_date = list.list_date
    WHERE status IN ('verified', 'held')
    GROUP BY number
),
replaced AS (
    SELECT DISTINCT if(relation = 'obsoletes', target_number, number) AS number
    FROM rfc_relations JOIN named USING (snapshot_date, source)
    WHERE relation IN ('obsoletes', 'obsoleted-by') AND target_number > 0
),
members AS (
    SELECT
        r.wg,
        r.area,
        r.snapshot_date,
        nullif(r.published_year, 0) AS year,
        current.covered_year,
        if(r.pages > 0, r.pages, NULL) AS pages,
        if(list.list_date IS NULL, NULL, coalesce(found.errata, 0)) AS errata,
        replaced.number IS NOT NULL AS obsoleted,
        list.list_date
    FROM
        rfcs r JOIN named ON named.snapshot_date = r.snapshot_date AND named.source = r.source
        CROSS JOIN list LEFT JOIN current USING (number) LEFT JOIN found USING (number) LEFT JOIN replaced USING (number)
    WHERE r.wg NOT IN ('', 'NON WORKING GROUP', 'LEGACY') AND NOT r.not_issued
)
SELECT
    wg,
    coalesce(nullif(max(area), ''), 'not told') AS area,
    count(*) AS rfcs,
    CAST(min(year) AS VARCHAR) AS first_year,
    CAST(max(year) AS VARCHAR) AS last_year,
    count(*) FILTER (WHERE covered_year > covered.newest - 5) AS of_the_last_five_years,
    CAST(covered.newest AS VARCHAR) AS newest_year,
    count(pages) AS with_pages,
    CAST(sum(pages) AS BIGINT) AS pages,
    CAST(sum(errata) FILTER (WHERE pages > 0) AS BIGINT) AS errata,
    round(100.0 * sum(errata) FILTER (WHERE pages > 0) / sum(pages), 2) AS per_100_pages,
    list_date AS errata_as_of,
    count(*) FILTER (WHERE obsoleted) AS obsoleted,
    round(count(*) FILTER (WHERE obsoleted) / count(*), 4) AS obsoleted_share,
    CAST(sum(count(pages)) OVER () AS BIGINT) AS all_with_pages,
    CAST(sum(count(*)) OVER () AS BIGINT) AS all_rfcs,
    snapshot_date AS as_of
FROM members CROSS JOIN covered
GROUP BY wg, snapshot_date, list_date, covered.newest
ORDER BY rfcs DESC, wg
