-- Routes equal to or inside the blocks of three documents. A route of 96 bits or more lies in 64:ff9b::/96 when at most
-- two groups stand behind the "::"; one of 48 or more in 64:ff9b:1::/48 when its third group is 1.
WITH inside AS (
    SELECT
        time,
        CASE
            WHEN family = 4 AND prefix_length >= 10 AND split_part(prefix, '.', 1) = '100'
                AND CAST(split_part(prefix, '.', 2) AS INTEGER) BETWEEN 64 AND 127 THEN 'RFC 6598'
            WHEN family = 6 AND prefix_length >= 96
                AND regexp_full_match(prefix, '64:ff9b::([0-9a-f]{1,4}(:[0-9a-f]{1,4})?)?/[0-9]+') THEN 'RFC 6052'
            WHEN family = 6 AND prefix_length >= 48 AND starts_with(prefix, '64:ff9b:1:') THEN 'RFC 8215'
        END AS document,
        verdict,
        peers,
        prefix
    FROM route_states
),
documents (document, block, family) AS (
    VALUES ('RFC 6052', '64:ff9b::/96', 6), ('RFC 6598', '100.64.0.0/10', 4), ('RFC 8215', '64:ff9b:1::/48', 6)
),
-- A time counts for a document only if its dumps hold routes of the family: otherwise nothing was measured.
times AS (SELECT DISTINCT time, family FROM route_states)
SELECT
    times.time,
    documents.document,
    documents.block,
    count(inside.prefix) AS routes,
    count(inside.prefix) FILTER (WHERE inside.verdict = 'self-feed-only') AS self_feed_only,
    count(inside.prefix) FILTER (WHERE inside.verdict = 'global') AS global,
    CASE WHEN count(inside.prefix) = 0 THEN 0 ELSE max(inside.peers) END AS most_peers, -- null: the table names no peers
    coalesce(string_agg(DISTINCT inside.prefix, ' ' ORDER BY inside.prefix), '') AS prefixes
FROM documents
JOIN times USING (family)
LEFT JOIN inside ON inside.time = times.time AND inside.document = documents.document
GROUP BY times.time, documents.document, documents.block
ORDER BY documents.document, times.time
