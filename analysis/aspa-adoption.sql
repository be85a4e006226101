-- Of several dumps near a day of ASPAs, the origins of the last at most three days later.
WITH customers AS (
    SELECT
        file_date, trust_anchor, customer_asn, bool_and(provider_asn = 0) AS has_none, count(DISTINCT provider_asn) FILTER (WHERE provider_asn <> 0) AS providers
    FROM aspas
    GROUP BY ALL
),
days AS (
    SELECT
        file_date,
        coalesce(string_agg(DISTINCT nullif(trust_anchor, ''), ', ' ORDER BY nullif(trust_anchor, '')), '') AS trust_anchors,
        count(DISTINCT customer_asn) AS customers,
        count(DISTINCT customer_asn) FILTER (WHERE has_none) AS without_providers,
        median(providers) FILTER (WHERE NOT has_none) AS median_providers
    FROM customers
    GROUP BY file_date
),
tables AS (
    SELECT file_date, max(time) AS time
    FROM (SELECT DISTINCT file_date FROM aspas) AS d JOIN (SELECT DISTINCT time FROM route_hours) AS t
        ON t.time >= d.file_date AND t.time < d.file_date + INTERVAL 4 DAY
    GROUP BY file_date
),
origins AS (
    SELECT DISTINCT tables.file_date, tables.time AS table_time, CAST(origin_asn AS BIGINT) AS asn
    FROM tables JOIN route_states USING (time)
    WHERE origin_asn <> 0 AND left_out = ''
),
shares AS (
    SELECT
        origins.file_date, table_time, count(*) AS origin_ases,
        count(*) FILTER (WHERE c.customer_asn IS NOT NULL) AS origins_with_aspa
    FROM origins LEFT JOIN (SELECT DISTINCT file_date, CAST(customer_asn AS BIGINT) AS customer_asn FROM aspas) AS c ON c.file_date = origins.file_date AND c.customer_asn = origins.asn
    GROUP BY origins.file_date, table_time
)
SELECT
    file_date,
    trust_anchors,
    coalesce(nullif(trust_anchors, ''), 'all trust anchors') AS series,
    CAST(customers AS BIGINT) AS customers,
    CAST(without_providers AS BIGINT) AS without_providers,
    median_providers,
    table_time,
    CAST(origin_ases AS BIGINT) AS origin_ases,
    CAST(origins_with_aspa AS BIGINT) AS origins_with_aspa,
    origins_with_aspa / origin_ases AS share
FROM days LEFT JOIN shares USING (file_date)
ORDER BY file_date DESC
