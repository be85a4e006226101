-- The routes of the tables that end the years, and of the week before the last, read once for all sections. A prefix is its hash: with 64
-- bits, two of a million prefixes have the same one with a probability of one in forty million.
CREATE OR REPLACE TABLE origins_of AS
SELECT DISTINCT family, dump_time, hash(prefix) AS prefix, prefix_length, covering_prefix = '' AS root, origin_asn, hash(origin_asn, origin_set) AS origin
FROM routes
WHERE family = 4 AND collector = $1 AND dump_time IN ($2, $3, $4, $5, $6) AND left_out = ''
UNION ALL
SELECT DISTINCT family, dump_time, hash(prefix), prefix_length, covering_prefix = '', origin_asn, hash(origin_asn, origin_set)
FROM routes
WHERE family = 6 AND collector = $7 AND dump_time IN ($8, $9, $10, $11, $12) AND left_out = ''
