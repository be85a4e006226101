-- Announcements with Only to Customer, each with the hour of relations that is nearest to the middle of its day, of two the earlier.
WITH marked AS (
    SELECT CAST(date_trunc('day', time) AS DATE) AS day, collector, time, CAST(family AS BIGINT) AS family, prefix, as_path, CAST(otc AS BIGINT) AS otc
    FROM updates
    WHERE otc IS NOT NULL AND kind = 'announce' AND safi = 1 AND family IN (4, 6)
),
hours AS (SELECT DISTINCT time AS links_time FROM as_links),
dated AS (
    SELECT day, CASE WHEN min(abs(epoch(links_time) - epoch(CAST(day AS TIMESTAMP)) - 43200)) <= 8 * 86400 THEN arg_min(links_time, abs(epoch(links_time) - epoch(CAST(day AS TIMESTAMP)) - 43199.5)) END AS links_time
    FROM (SELECT DISTINCT day FROM marked) AS days LEFT JOIN hours ON true
    GROUP BY day
),
paths AS (
    SELECT DISTINCT family, as_path, otc, links_time, regexp_full_match(as_path, '[0-9]+( [0-9]+)*') AS plain FROM marked JOIN dated USING (day)
),
-- The ASes of a path, the collector's peer first. Of a row of prepending the first counts.
steps AS (
    SELECT family, as_path, otc, links_time, unnest(range(1, len(ases) + 1)) AS place, CAST(unnest(ases) AS BIGINT) AS asn
    FROM (SELECT *, string_split(as_path, ' ') AS ases FROM paths WHERE plain)
),
sent AS (
    SELECT *, min(CASE WHEN asn = otc THEN place END) OVER path AS otc_place, lag(asn) OVER (path ORDER BY place) AS receiver
    FROM steps
    WINDOW path AS (PARTITION BY family, as_path, otc, links_time)
),
-- What the receiver of each hop since the AS of the attribute is to the sender.
hops AS (
    SELECT sent.family, as_path, otc, links_time, place, otc_place, asn,
        CASE WHEN relation = 'peer' THEN 'peer' WHEN relation IN ('provider', 'customer') AND (relation = 'provider') = (receiver < asn) THEN 'provider'
            WHEN relation IN ('provider', 'customer') THEN 'customer' ELSE 'unknown' END AS relation
    FROM sent LEFT JOIN as_links ON as_links.time = links_time AND as_links.family = sent.family AND as_a = least(asn, receiver) AND as_b = greatest(asn, receiver)
    WHERE receiver <> asn AND place <= otc_place
),
judged AS (
    SELECT family, as_path, otc, links_time,
        arg_max(asn, place) FILTER (WHERE place < otc_place AND relation IN ('provider', 'peer')) AS leak_asn,
        bool_or(relation = 'unknown' AND place < otc_place OR relation = 'provider' AND place = otc_place) AS doubtful
    FROM hops
    GROUP BY family, as_path, otc, links_time
),
-- A path without hops that are judged began at the AS of the attribute.
states AS (
    SELECT family, as_path, otc, links_time, leak_asn,
        CASE WHEN leak_asn IS NOT NULL THEN 'leak'
            WHEN links_time IS NULL OR NOT plain OR NOT list_contains(string_split(as_path, ' '), CAST(otc AS VARCHAR)) OR doubtful THEN 'unknown'
            ELSE 'kept' END AS state
    FROM paths LEFT JOIN judged USING (family, as_path, otc, links_time)
),
names AS (SELECT asn, arg_max(name, file_date || ' ' || name) AS name FROM as_names GROUP BY asn),
counted AS (
    SELECT day, collector, family, dated.links_time, state, leak_asn, count(*) AS announcements, count(DISTINCT prefix) AS prefixes, min(time) AS first_seen, max(time) AS last_seen,
        min(as_path || ', OTC ' || otc) AS example
    FROM marked JOIN dated USING (day) JOIN states USING (family, as_path, otc)
    WHERE states.links_time IS NOT DISTINCT FROM dated.links_time
    GROUP BY ALL
)
SELECT day, collector, family, state, leak_asn, coalesce(name, '') AS name, announcements, prefixes, first_seen, last_seen, example, links_time,
    CAST(coalesce(sum(announcements) FILTER (WHERE state <> 'unknown') OVER all_day, 0) AS BIGINT) AS judged,
    CAST(sum(announcements) OVER all_day AS BIGINT) AS marked,
    CAST(coalesce(sum(announcements) FILTER (WHERE state = 'leak') OVER all_day, 0) AS BIGINT) AS leaked
FROM counted LEFT JOIN names ON names.asn = leak_asn
WINDOW all_day AS (PARTITION BY day, collector, family)
ORDER BY day DESC, leaked DESC, collector, family, CASE state WHEN 'leak' THEN 1 WHEN 'unknown' THEN 2 ELSE 3 END, announcements DESC, leak_asn
