SELECT
    any_value(collector), update_day, sum(announcements), sum(withdrawals), count(*),
    sum(updates) / count(*), sum(events), sum(updates) / nullif(sum(events), 0), sum(event_seconds) / nullif(sum(events) - sum(single_events), 0)
FROM counted
GROUP BY update_day
ORDER BY update_day
