-- A document is named only where it says what the finding breaks, or what to do about it.
SELECT
    CAST(year(file_date) AS VARCHAR) AS year,
    finding,
    CASE WHEN rejected THEN 'rejected' ELSE 'kept' END AS treatment,
    CASE
        WHEN contains(finding, 'path identifiers') OR contains(finding, 'ADD-PATH') THEN 'RFC 8050'
        WHEN contains(finding, 'malformed record') THEN 'RFC 6396'
        WHEN dataset = 'updates' AND NOT contains(finding, 'line') AND (regexp_matches(finding, ': (attribute discard|treat-as-withdraw|session reset)$') OR starts_with(finding, 'malformed ')) THEN 'RFC 7606'
        ELSE ''
    END AS document,
    CAST(sum(occurrences) AS BIGINT) AS occurrences,
    count(DISTINCT partition) AS files,
    dataset
FROM decoder_notes
WHERE dataset IN ('routes', 'updates') AND occurrences > 0
    AND (rejected OR contains(finding, 'malformed') OR starts_with(finding, 'repeated ') OR starts_with(finding, 'AS 0 ') OR contains(finding, ': attribute discard')
        OR contains(finding, ': treat-as-withdraw') OR contains(finding, ': session reset') OR contains(finding, 'ADD-PATH')
        OR contains(finding, 'not decoded') OR contains(finding, 'bits set'))
GROUP BY ALL
ORDER BY year DESC, occurrences DESC, finding, treatment, dataset
