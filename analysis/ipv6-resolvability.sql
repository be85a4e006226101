words (step, place_of_step, meaning) AS (
    VALUES ('found', 0, 'found over IPv6 alone'), ('no-aaaa', 1, 'no name server of the zone has an AAAA record'), ('no-glue', 2, 'the zone above gives no IPv6 address of its name servers (glue)'),
        ('ns-zone', 3, 'the names of the name servers cannot be looked up'), ('no-answer', 4, 'no name server answers over IPv6'),
        ('loop', 5, 'delegations or aliases lead in a circle'), ('unknown', 6, 'unknown')
),
kinds AS (
    SELECT
        run_id, run_time, list_id, domain, service, failing_zone,
        CASE WHEN domain = '.' THEN 'root' WHEN contains(domain, '.') THEN 'domains' ELSE 'top-level domains' END AS names,
        CASE resolvable WHEN 'yes' THEN 'found' WHEN 'unknown' THEN 'unknown' ELSE failing_step END AS step
    FROM domain_readiness
    WHERE resolvable <> '' AND (refreshed OR NOT panel)
),
-- Of the root and of a top-level domain the name servers count, of any other domain all that it offers.
listed AS (
    SELECT *
    FROM kinds
    WHERE service = CASE names WHEN 'domains' THEN 'domain' ELSE 'dns' END
),
totals AS (
    SELECT run_id, run_time, list_id, names, count(*) AS offering, count(*) FILTER (WHERE step <> 'unknown') AS judged
    FROM listed
    GROUP BY ALL
),
found AS (
    SELECT run_id, run_time, list_id, names, step, count(*) AS domains, min(domain) AS example, arg_min(failing_zone, domain || ' ' || failing_zone) AS example_zone
    FROM listed
    GROUP BY ALL
)
-- A step that fails nowhere has a row of 0 domains.
SELECT
    run_time,
    list_id,
    names,
    vantage,
    step,
    meaning,
    coalesce(domains, 0) AS domains,
    CASE WHEN step <> 'unknown' THEN coalesce(domains, 0) / nullif(judged, 0) END AS share,
    judged,
    offering,
    coalesce(example, '') AS example,
    coalesce(example_zone, '') AS example_zone,
    level_break AS break,
    CASE names WHEN 'domains' THEN '' WHEN 'root' THEN 'root, ' ELSE 'TLDs, ' END || step || place AS series
FROM totals JOIN runs USING (run_id, run_time, list_id) CROSS JOIN words
LEFT JOIN found USING (run_id, run_time, list_id, names, step)
ORDER BY run_time, list_id, names, vantage, run_id, place_of_step
