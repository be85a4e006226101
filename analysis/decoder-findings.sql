SELECT
    CAST(year(file_date) AS VARCHAR) AS year,
    finding,
    CASE WHEN rejected THEN 'rejected' ELSE 'kept' END AS treatment,
    CASE
        WHEN contains(lower(finding), 'path identifier') OR contains(finding, 'ADD-PATH') THEN 'RFC 8050'
        WHEN contains(finding, 'record ') OR contains(finding, 'peer index') THEN 'RFC 6396'
        ELSE 'RFC 7606'
    END AS document,
    CAST(sum(occurrences) AS BIGINT) AS occurrences,
    count(DISTINCT partition) AS files
FROM decoder_notes
WHERE dataset IN ('routes', 'updates')
    AND (rejected OR contains(finding, 'malformed') OR contains(finding, 'duplicate') OR contains(finding, 'ADD-PATH')
        OR contains(finding, 'path identifier') OR contains(finding, 'not decoded') OR contains(finding, 'bits set'))
GROUP BY ALL
ORDER BY year, occurrences DESC, finding
