,
totals AS (
    SELECT
        any_value(collector) AS collector, CAST($3 AS DATE) AS day, count(DISTINCT update_day) AS days, max(gap_seconds) AS gap, count(*) AS unstable,
        sum(announcements) AS a, sum(withdrawals) AS w, sum(updates) AS u, sum(events) AS e, sum(event_seconds) AS seconds, sum(single_events) AS single,
        sum(aa_longer) AS longer, sum(aa_shorter) AS shorter, sum(aa_same_length) AS same_length, sum(aa_attributes) AS attributes, sum(aa_duplicates) AS duplicates,
        sum(wa) AS wa, sum(aw) AS aw, sum(ww) AS ww,
        nullif(sum(updates) - sum(first), 0) AS typed
    FROM counted
    HAVING count(*) > 0
),
prefixes AS (SELECT sum(u) AS u FROM (SELECT sum(updates) AS u FROM counted GROUP BY hash(prefix) ORDER BY u DESC LIMIT 50)),
origins AS (SELECT sum(u) AS u FROM (SELECT sum(updates) AS u FROM counted WHERE origin_asn > 0 GROUP BY origin_asn ORDER BY u DESC LIMIT 50))
SELECT
    collector, day, days, gap,
    a / days, w / days, a / nullif(w, 0), unstable / days, totals.u / unstable, e / days, totals.u / nullif(e, 0), seconds / nullif(e - single, 0), 100 * single / nullif(e, 0),
    100 * longer / typed, 100 * shorter / typed, 100 * same_length / typed, 100 * attributes / typed, 100 * duplicates / typed, 100 * wa / typed, 100 * aw / typed, 100 * ww / typed,
    100 * prefixes.u / nullif(totals.u, 0), 100 * origins.u / nullif(totals.u, 0)
FROM totals, prefixes, origins
