// Package campaign shows lists of domains as the runs of one place saw them: how many are ready for IPv6, who lost it, and each domain
// with its history and what to do.
package campaign

import (
	"context"
	"fmt"
	"time"

	"tidemark/analysis/derive"
	"tidemark/analysis/engine"
	"tidemark/collectors/ipv6/readiness"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// maxDomains is the number of domains up to which each domain of a list is shown; of a longer list only the watched ones are.
const maxDomains = 5000

// Campaign is a list of domains as it is probed from one place.
type Campaign struct {
	List       string
	Vantage    string
	Title      string // the ID of the list, if it has none
	Owner      string
	URL        string
	Country    string
	Sector     string
	Day        string // of the list; empty: unknown
	Agent      string // User-Agent of the newest run; empty: unknown
	SMTP       bool   // the newest run tried port 25
	VantageASN int64  // AS of the newest run; 0: unknown
	Runs       []Run  // newest first
	Lost       []Loss // newest first
	Domains    []*Domain
}

// Run is what one run found.
type Run struct {
	ID       string
	Time     time.Time
	Domains  int64 // in the run
	Offering int64 // of them, those with a website
	Judged   int64 // of them, those whose state is known
	Ready    int64 // websites
	Whole    int64 // domains of which everything works without IPv4
}

// Unknown returns how many websites could not be judged.
func (r Run) Unknown() int64 { return r.Offering - r.Judged }

// Loss is a service that was ready and is not any more.
type Loss struct {
	Time, Before         time.Time
	Domain, Service      string
	Class, Cause, Reason string
	Step, Zone           string // at which a resolver without IPv4 fails; empty: it does not
}

// Domain is a domain of a list.
type Domain struct {
	Name     string
	Rank     int64
	Services []Service // in the newest run that probed it
	Time     time.Time // of that run
	History  []State   // newest first: a state lasts until that above it
	Remedies []readiness.Remedy
	Remedied bool // Remedies are known; none means that nothing is to be done
}

// Service is the state of a service.
type Service struct{ Name, Class, Cause, Reason, Resolvable, Step, Zone string }

// State is the classes of a domain's services from a run on.
type State struct {
	Since                  time.Time
	Domain, Web, Mail, DNS string
}

// Class returns the class of a service of the domain; empty: it has none.
func (d *Domain) Class(service string) string {
	for _, s := range d.Services {
		if s.Name == service {
			return s.Class
		}
	}
	return ""
}

// runsQuery has a row for each run, the newest of each list and place first.
const runsQuery = `
SELECT r.run_id, r.run_time, r.list_id, r.vantage, r.domains, r.offering, r.judged, r.ready, r.whole,
    coalesce(m.list_title, ''), coalesce(m.list_owner, ''), coalesce(m.list_url, ''), coalesce(m.country, ''), coalesce(m.sector, ''), coalesce(CAST(r.list_date AS VARCHAR), ''),
    coalesce(m.user_agent, ''), coalesce(m.smtp, false), CAST(coalesce(m.vantage_asn, 0) AS BIGINT)
FROM (
    SELECT run_id, run_time, list_id, split_part(run_id, '/', 1) AS vantage, max(list_date) AS list_date, count(DISTINCT domain) AS domains,
        count(*) FILTER (WHERE service = 'web' AND class <> 'n/a') AS offering, count(*) FILTER (WHERE service = 'web' AND class NOT IN ('n/a', 'unknown')) AS judged,
        count(*) FILTER (WHERE service = 'web' AND class IN ('ready', 'v6-only')) AS ready, count(*) FILTER (WHERE service = 'domain' AND class = 'all') AS whole
    FROM domain_readiness GROUP BY ALL
) r LEFT JOIN ipv6_runs m USING (run_id)
ORDER BY r.list_id, r.vantage, r.run_time DESC, r.run_id`

// ofPlace selects the rows of a list and place: all if the list is short, or those of the watched domains.
const ofPlace = `list_id = ? AND split_part(run_id, '/', 1) = ? AND (? OR list_contains(string_split(?, ' '), domain))`

const servicesQuery = `
SELECT domain, CAST(rank AS BIGINT), run_time, service, class, cause, reason, resolvable, failing_step, failing_zone
FROM domain_readiness
WHERE service IN ('domain', 'dns', 'web', 'mail') AND ` + ofPlace + `
QUALIFY run_time = max(run_time) OVER (PARTITION BY domain)
ORDER BY rank, domain, run_time, CASE service WHEN 'domain' THEN 1 WHEN 'web' THEN 2 WHEN 'mail' THEN 3 ELSE 4 END`

const historyQuery = `
SELECT domain, run_time, whole, web, mail, dns
FROM (
    SELECT domain, run_time, concat_ws(' ', whole, web, mail, dns) AS state, whole, web, mail, dns
    FROM (
        SELECT domain, run_time, run_id, max(class) FILTER (WHERE service = 'domain') AS whole, max(class) FILTER (WHERE service = 'web') AS web,
            max(class) FILTER (WHERE service = 'mail') AS mail, max(class) FILTER (WHERE service = 'dns') AS dns
        FROM domain_readiness WHERE ` + ofPlace + ` GROUP BY ALL
    )
    QUALIFY lag(state) OVER (PARTITION BY domain ORDER BY run_time, run_id) IS DISTINCT FROM state
)
ORDER BY domain, run_time DESC`

const lostQuery = `
SELECT run_time, before, domain, service, class, cause, reason, failing_step, failing_zone
FROM (
    SELECT *, lag(run_time) OVER w AS before, lag(class IN ('ready', 'v6-only')) OVER w AS was_ready
    FROM domain_readiness
    WHERE service IN ('dns', 'web', 'mail') AND class <> 'unknown' AND list_id = ? AND split_part(run_id, '/', 1) = ?
    WINDOW w AS (PARTITION BY domain, service ORDER BY run_time, run_id)
)
WHERE was_ready AND class NOT IN ('ready', 'v6-only')
ORDER BY run_time DESC, rank, domain, service
LIMIT 500`

// Read returns the campaigns of the store, by list and place. Of long lists only the watched domains are shown.
func Read(ctx context.Context, store *table.Store, watched string) (all []*Campaign, err error) {
	err = each(ctx, store, func(c *Campaign, e *engine.Engine) error {
		all = append(all, c)
		err := c.readDomains(ctx, e, c.short(), watched)
		if err == nil {
			err = c.readLost(ctx, e)
		}
		if err == nil && c.short() {
			err = c.readRemedies(store)
		}
		return err
	})
	return all, err
}

// Reads are the datasets that campaigns are read from.
var Reads = []*table.Schema{datasets.DomainReadinesses.Schema, datasets.IPv6Runs.Schema, datasets.IPv6Probes.Schema, datasets.DomainDelegations.Schema, datasets.SpecialPrefixes.Schema}

// Find returns the campaigns with the domain, of which it is the only one that they have. They have no losses; remedies only where the
// list is short.
func Find(ctx context.Context, store *table.Store, domain string) (found []*Campaign, err error) {
	err = each(ctx, store, func(c *Campaign, e *engine.Engine) error {
		if err := c.readDomains(ctx, e, false, domain); err != nil || len(c.Domains) == 0 {
			return err
		}
		found = append(found, c)
		if c.short() {
			return c.readRemedies(store)
		}
		return nil
	})
	return found, err
}

// each calls read with every campaign of the store, which has its runs.
func each(ctx context.Context, store *table.Store, read func(*Campaign, *engine.Engine) error) error {
	e, err := engine.Open(store, []*table.Schema{datasets.DomainReadinesses.Schema, datasets.IPv6Runs.Schema}, engine.Options{})
	if err != nil {
		return err
	}
	defer e.Close()
	all, err := readRuns(ctx, e)
	if err != nil {
		return err
	}
	for _, c := range all {
		if err := read(c, e); err != nil {
			return fmt.Errorf("the campaign %s from %s: %w", c.List, c.Vantage, err)
		}
	}
	return nil
}

// short reports whether the page of the campaign lists all its domains.
func (c *Campaign) short() bool { return c.Runs[0].Domains <= maxDomains }

func readRuns(ctx context.Context, e *engine.Engine) (all []*Campaign, err error) {
	found, err := e.Query(ctx, runsQuery)
	if err != nil {
		return nil, err
	}
	for _, r := range found.Rows {
		text := func(i int) string { s, _ := r[i].(string); return s }
		number := func(i int) int64 { n, _ := r[i].(int64); return n }
		if n := len(all); n == 0 || all[n-1].List != text(2) || all[n-1].Vantage != text(3) {
			c := &Campaign{List: text(2), Vantage: text(3), Title: text(9), Owner: text(10), URL: text(11), Country: text(12), Sector: text(13), Day: text(14), Agent: text(15), SMTP: r[16] == true, VantageASN: number(17)}
			if c.Title == "" {
				c.Title = c.List
			}
			all = append(all, c)
		}
		at, _ := r[1].(time.Time)
		c := all[len(all)-1]
		c.Runs = append(c.Runs, Run{text(0), at, number(4), number(5), number(6), number(7), number(8)})
	}
	return all, nil
}

// readDomains reads the domains and their histories.
func (c *Campaign) readDomains(ctx context.Context, e *engine.Engine, short bool, watched string) error {
	services, err := e.Query(ctx, servicesQuery, c.List, c.Vantage, short, watched)
	if err != nil {
		return err
	}
	byName := map[string]*Domain{}
	for _, r := range services.Rows {
		name := r[0].(string)
		d := byName[name]
		if d == nil {
			d = &Domain{Name: name, Rank: r[1].(int64), Time: r[2].(time.Time)}
			byName[name] = d
			c.Domains = append(c.Domains, d)
		}
		d.Services = append(d.Services, Service{r[3].(string), r[4].(string), r[5].(string), r[6].(string), r[7].(string), r[8].(string), r[9].(string)})
	}
	history, err := e.Query(ctx, historyQuery, c.List, c.Vantage, short, watched)
	if err != nil {
		return err
	}
	for _, r := range history.Rows {
		text := func(i int) string { s, _ := r[i].(string); return s }
		d := byName[text(0)]
		d.History = append(d.History, State{r[1].(time.Time), text(2), text(3), text(4), text(5)})
	}
	return nil
}

func (c *Campaign) readLost(ctx context.Context, e *engine.Engine) error {
	lost, err := e.Query(ctx, lostQuery, c.List, c.Vantage)
	if err != nil {
		return err
	}
	for _, r := range lost.Rows {
		text := func(i int) string { s, _ := r[i].(string); return s }
		c.Lost = append(c.Lost, Loss{r[0].(time.Time), r[1].(time.Time), text(2), text(3), text(4), text(5), text(6), text(7), text(8)})
	}
	return nil
}

// readRemedies adds what to do to the domains of the newest run.
func (c *Campaign) readRemedies(store *table.Store) error {
	judge, _, err := derive.NewestJudge(store)
	if err != nil || judge == nil {
		return err
	}
	probes, err := partition(store, datasets.IPv6Probes, c.Runs[0].ID, func(r datasets.IPv6Probe) string { return r.RunID })
	if err != nil || probes == nil {
		return err
	}
	followed, err := partition(store, datasets.DomainDelegations, c.Runs[0].ID, func(r datasets.DomainDelegation) string { return r.RunID })
	if err != nil {
		return err
	}
	ways := map[string][]datasets.DomainDelegation{}
	if followed != nil {
		for w, err := range datasets.DomainDelegations.Scan(store.Path(followed)) {
			if err != nil {
				return err
			}
			ways[w.Domain] = append(ways[w.Domain], w)
		}
	}
	rows := map[string][]datasets.IPv6Probe{}
	for p, err := range datasets.IPv6Probes.Scan(store.Path(probes)) {
		if err != nil {
			return err
		}
		if p.HostKind != "control" {
			rows[p.Domain] = append(rows[p.Domain], p)
		}
	}
	for _, d := range c.Domains {
		if tests := rows[d.Name]; len(tests) > 0 && d.Time.Equal(c.Runs[0].Time) {
			d.Remedies, d.Remedied = judge.Remedies(tests, ways[d.Name]), true
		}
	}
	return nil
}

// partition returns the partition of a run; nil if there is none.
func partition[Row any](store *table.Store, of *table.Dataset[Row], run string, name func(Row) string) (*table.Manifest, error) {
	all, err := store.Manifests(of.Schema)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		row, ok, err := of.Labels(store, m)
		if err != nil {
			return nil, err
		}
		if ok && name(row) == run {
			return m, nil
		}
	}
	return nil, nil
}
