,
newest AS (SELECT family, max(time) AS time FROM as_topology GROUP BY family),
-- The newest hour at least four weeks earlier that the same collectors measured.
earlier AS (
    SELECT family, max(old.time) AS before
    FROM newest JOIN feeds AS new USING (family, time) JOIN feeds AS old USING (family, measured) JOIN (SELECT DISTINCT time, family FROM as_topology) AS known ON known.time = old.time AND known.family = newest.family
    WHERE old.time <= newest.time - INTERVAL 28 DAY
    GROUP BY family
),
names AS (SELECT asn, arg_max(name, file_date || ' ' || name) AS name FROM as_names GROUP BY asn),
largest AS (
    SELECT as_topology.*, row_number() OVER (PARTITION BY family ORDER BY cone_ases DESC, cone_addresses DESC, asn) AS place
    FROM as_topology JOIN newest USING (family, time)
    QUALIFY place <= 25
)
SELECT
    largest.time,
    CAST(largest.family AS BIGINT) AS family,
    'IPv' || largest.family || ', ' || strftime(largest.time, '%Y-%m-%d') AS series,
    place,
    'AS' || largest.asn AS origin,
    coalesce(names.name, '') AS name,
    'AS' || largest.asn || coalesce(' (' || nullif(CASE WHEN length(names.name) > 40 THEN left(names.name, 39) || '…' ELSE names.name END, '') || ')', '') AS network,
    largest.in_clique,
    largest.cone_ases,
    largest.cone_prefixes,
    largest.cone_addresses,
    largest.providers,
    largest.peers,
    largest.customers,
    largest.unknown_neighbours,
    round(largest.hegemony, 4) AS hegemony,
    before,
    old.cone_ases AS cone_ases_before,
    largest.cone_ases - old.cone_ases AS cone_ases_change,
    measured,
    feeds.full_feed_ases,
    feeds.all_full_feed_ases
FROM largest
JOIN (SELECT time, family, measured, full_feed_ases, all_full_feed_ases FROM feeds) AS feeds ON feeds.time = largest.time AND feeds.family = largest.family
LEFT JOIN names ON names.asn = largest.asn
LEFT JOIN earlier ON earlier.family = largest.family
LEFT JOIN as_topology AS old ON old.family = largest.family AND old.time = before AND old.asn = largest.asn
ORDER BY place, largest.family
