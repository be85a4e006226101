,
-- What is counted of which whole. A standard without a question is not measured; why says so.
practices (place, rfc, standard, what, question, why) AS (
    VALUES
        (1, 1997, 'RFC 1997', 'IPv4 table entries with communities', 'attributes', ''),
        (2, 4360, 'RFC 4360', 'IPv4 table entries with extended communities', 'attributes', ''),
        (3, 8092, 'RFC 8092', 'IPv4 table entries with large communities', 'attributes', ''),
        (4, 9234, 'RFC 9234', 'IPv4 table entries with Only to Customer (OTC)', 'attributes', ''),
        (5, 8326, 'RFC 8326', 'IPv4 table entries with the community GRACEFUL_SHUTDOWN', 'attributes', ''),
        (6, 8950, 'RFC 8950', 'IPv4 table entries with an IPv6 next hop', 'attributes', ''),
        (7, 7999, 'RFC 7999', 'IPv4 prefixes with the community BLACKHOLE', 'blackholes', ''),
        (8, 9774, 'RFC 9774', 'IPv4 prefixes that still have an AS_SET, which it deprecates', 'as-sets', ''),
        (9, 6811, 'RFC 6811', 'IPv4 routes that are valid by route origin validation', 'rov-states', ''),
        (10, NULL, 'draft-ietf-sidrops-aspa-profile', 'ASes that originate routes and have an ASPA', 'aspa-adoption', ''),
        (11, 8200, 'RFC 8200', 'websites that are ready for IPv6', 'ipv6-readiness', ''),
        (101, 7208, 'RFC 7208', '', '', 'Policies for senders of mail are in TXT records, which the probe does not ask for.'),
        (102, 8210, 'RFC 8210', '', '', 'The RTR protocol runs between a router and its own cache; nothing of it reaches a route collector or a registry.'),
        (103, 8654, 'RFC 8654', '', '', 'Whether a session uses messages of more than 4,096 bytes is negotiated when it opens; table dumps do not have the capabilities.'),
        (104, 8767, 'RFC 8767', '', '', 'A resolver that serves stale answers shows it to its own clients, while a name server is down.'),
        (105, 8880, 'RFC 8880', '', '', 'A resolver that handles ipv4only.arpa is seen by hosts behind it; connections that were checked are too few to be a share.'),
        (106, 8781, 'RFC 8781', '', '', 'A router advertises PREF64 on its own link; connections that were checked are too few to be a share.'),
        (107, 9872, 'RFC 9872', '', '', 'What a host prefers to learn the NAT64 prefix from is seen on the host alone.'),
        (108, 6724, 'RFC 6724', '', '', 'How hosts choose addresses is decided on the host; shares of users with IPv6 show its result together with everything else.')
),
carried (attribute, place, of_prefixes) AS (
    VALUES ('communities', 1, false), ('extended-communities', 2, false), ('large-communities', 3, false), ('otc', 4, false), ('graceful-shutdown', 5, false),
        ('ipv6-next-hop', 6, false), ('blackhole', 7, true), ('as-set', 8, true)
),
dumps AS (
    SELECT
        place, dump_time, collector, source, if(of_prefixes, prefixes, entries) AS counted, if(of_prefixes, table_prefixes, table_entries) AS whole,
        full_feed_ases, all_full_feed_ases, break
    FROM attributes JOIN carried USING (attribute)
    WHERE family = 4
),
measured AS (
    SELECT
        place, CAST(dump_time AS TIMESTAMP) AS as_of, concat_ws(', ', nullif(collector, ''), nullif(source, '')) AS source, full_feed_ases AS weight,
        counted / nullif(whole, 0) AS share, counted, whole, whole AS known, whole AS asked, full_feed_ases, all_full_feed_ases, break
    FROM dumps
    UNION ALL
    SELECT
        9, CAST(time AS TIMESTAMP), measured, NULL, valid_share, if(valid_share IS NULL, NULL, routes), all_routes, known_routes, all_routes,
        full_feed_ases, full_feed_ases, break
    FROM rov_states
    WHERE family = 4 AND rov_state = 'valid'
    UNION ALL
    SELECT 10, CAST(file_date AS TIMESTAMP), trust_anchors, NULL, share, origins_with_aspa, origin_ases, origin_ases, origin_ases, NULL, NULL, ''
    FROM aspa_adoption
    WHERE origin_ases > 0
    UNION ALL
    SELECT
        11, CAST(run_time AS TIMESTAMP), concat_ws(', ', nullif(list_id, ''), nullif(vantage, '')), judged, ready_share, ready + v6_only, judged, judged, offering,
        NULL, NULL, break
    FROM ipv6_readiness
    WHERE service = 'web' AND sample = 'level'
),
-- Of several sources, that with the most full feeds, or judged domains, at the newest instant.
chosen AS (
    SELECT place, source
    FROM measured
    QUALIFY row_number() OVER (PARTITION BY place ORDER BY as_of DESC, weight DESC NULLS LAST, source) = 1
)
SELECT
    practices.standard,
    CAST(practices.rfc AS BIGINT) AS rfc,
    practices.what,
    measured.as_of,
    measured.share,
    CAST(measured.counted AS BIGINT) AS counted,
    CAST(measured.whole AS BIGINT) AS whole,
    CAST(measured.known AS BIGINT) AS known,
    CAST(measured.asked AS BIGINT) AS asked,
    coalesce(measured.source, '') AS source,
    CAST(measured.full_feed_ases AS BIGINT) AS full_feed_ases,
    CAST(measured.all_full_feed_ases AS BIGINT) AS all_full_feed_ases,
    coalesce(measured.break, '') AS break,
    practices.question,
    CASE
        WHEN practices.why <> '' THEN practices.why
        WHEN measured.as_of IS NULL THEN 'There are no data for it: see the question ' || practices.question || '.'
        ELSE ''
    END AS not_measured
FROM practices LEFT JOIN (measured JOIN chosen USING (place, source)) AS measured USING (place)
WHERE EXISTS (SELECT 1 FROM measured)
ORDER BY practices.place, measured.as_of DESC
