WITH hours AS (
    SELECT
        time,
        sum(routes) AS routes,
        coalesce(sum(routes) FILTER (WHERE bogon_class <> 'unknown'), 0) AS bogons_known,
        coalesce(sum(routes) FILTER (WHERE rov_state <> 'unknown'), 0) AS rov_known,
        coalesce(sum(routes) FILTER (WHERE change <> 'unknown'), 0) AS news_known,
        coalesce(sum(routes) FILTER (WHERE verdict <> 'unknown'), 0) AS reach_known
    FROM (SELECT time, bogon_class, rov_state, change, verdict, routes FROM route_counts) AS counts
    GROUP BY time
),
kinds (place, kind) AS (
    VALUES (1, 'origin-change'), (2, 'moas'), (3, 'more-specific-by-other-origin'), (4, 'new-bogon'), (5, 'rov-invalid'), (6, 'aspa-invalid'),
        (7, 'route-leak'), (8, 'otc-leak'), (9, 'lost-visibility'), (10, 'as-vanished')
),
-- The hours in which a kind could be judged.
known AS (
    SELECT
        time, place, kind,
        CASE kind
            WHEN 'new-bogon' THEN bogons_known >= 0.95 * routes
            WHEN 'rov-invalid' THEN rov_known >= 0.95 * routes
            WHEN 'aspa-invalid' THEN time IN (SELECT date_trunc('hour', dump_time) FROM aspa_stats)
            WHEN 'route-leak' THEN time IN (SELECT time FROM as_links)
            WHEN 'otc-leak' THEN time IN (SELECT time FROM as_links)
            WHEN 'lost-visibility' THEN least(news_known, reach_known) >= 0.95 * routes
            WHEN 'as-vanished' THEN least(news_known, reach_known) >= 0.95 * routes
            ELSE news_known >= 0.95 * routes
        END AS judged
    FROM hours CROSS JOIN kinds
),
newest AS (SELECT max(time) AS time FROM hours),
coverage AS (
    SELECT place, kind, count(*) AS all_hours, count(*) FILTER (WHERE judged) AS judged_hours, max(CASE WHEN judged THEN time END) AS judged_time
    FROM known
    GROUP BY place, kind
),
events AS (
    SELECT
        kind,
        count(*) FILTER (WHERE seen_from = time AND not_before IS NOT NULL) AS began,
        count(*) FILTER (WHERE gone_by = time) AS ended,
        count(*) FILTER (WHERE status = 'still') AS still,
        count(*) FILTER (WHERE status = 'unknown') AS unclear,
        count(*) AS events
    FROM route_events CROSS JOIN newest
    GROUP BY kind
),
counted AS (
    SELECT
        time, place, kind, judged_hours, all_hours,
        CASE WHEN judged_time = time THEN coalesce(began, 0) END AS began,
        CASE WHEN judged_time = time THEN coalesce(ended, 0) END AS ended,
        CASE WHEN judged_hours > 0 THEN coalesce(still, 0) END AS still,
        CASE WHEN judged_hours > 0 THEN coalesce(unclear, 0) END AS unclear,
        CASE WHEN judged_hours > 0 THEN coalesce(events, 0) END AS events
    FROM newest CROSS JOIN coverage LEFT JOIN events USING (kind)
)
SELECT
    time,
    kind,
    CAST(began AS BIGINT) AS began,
    CAST(ended AS BIGINT) AS ended,
    CAST(still AS BIGINT) AS still,
    CAST(unclear AS BIGINT) AS unclear,
    CAST(events AS BIGINT) AS events,
    judged_hours,
    all_hours,
    CAST(sum(began) OVER () AS BIGINT) AS all_began,
    CAST(sum(ended) OVER () AS BIGINT) AS all_ended,
    CAST(sum(still) OVER () AS BIGINT) AS all_still
FROM counted
ORDER BY place
