package watch

import (
	"context"
	"fmt"
	"time"

	"tidemark/datasets"
)

// domainRun is what a probe run found of a domain.
type domainRun struct {
	id, class, reason string
	at                time.Time
}

// domains finds the runs from which on a client with IPv6 only no longer gets a domain's services. Runs that do not know say nothing.
func (f *finder) domains(ctx context.Context, r *Rule) error {
	if !r.looksFor("domain-lost-ipv6") {
		return nil
	}
	for _, domain := range r.Domains {
		result, err := f.engine.Query(ctx, `SELECT CAST(vantage_asn AS BIGINT), list_id, run_id, run_time, class, reason FROM domain_readiness
        WHERE domain = ? AND service = 'domain' AND baseline_ok AND class IN ('all', 'some', 'none') ORDER BY vantage_asn, list_id, run_time, run_id`, domain)
		if err != nil {
			return err
		}
		var before, lost *domainRun
		for i, row := range result.Rows {
			run := &domainRun{row[2].(string), row[4].(string), row[5].(string), row[3].(time.Time)}
			if i == 0 || result.Rows[i-1][0] != row[0] || result.Rows[i-1][1] != row[1] {
				before, lost = nil, nil
			}
			place := ""
			if asn := row[0].(int64); asn > 0 {
				place = fmt.Sprintf(" from AS%d", asn)
			}
			switch {
			case run.class != "none":
				before, lost = run, nil
			case lost == nil && before != nil:
				lost = run
				last, goneBy := lossOf(result.Rows[i:])
				a := Alert{Subject: domain + place, NotBefore: &before.at, SeenFrom: run.at, LastSeen: last, GoneBy: goneBy}
				a.Text = fmt.Sprintf("%s does not work over IPv6 alone%s (%s), %s, %s.", domain, place, run.reason, when(a.NotBefore, a.SeenFrom), until(a.GoneBy, a.LastSeen))
				if a.Evidence, err = f.ofRun(run, domain+": "+run.class+", "+run.reason); err != nil {
					return err
				}
				f.add(r, "domain-lost-ipv6", a, fmt.Sprint(row[1]))
			}
		}
	}
	return nil
}

// lossOf returns the last run of a loss that begins with the first row, and the one in which it was over.
func lossOf(rows [][]any) (last time.Time, goneBy *time.Time) {
	for _, row := range rows {
		at := row[3].(time.Time)
		switch {
		case row[0] != rows[0][0] || row[1] != rows[0][1]:
			return last, nil
		case row[4] != "none":
			return last, &at
		}
		last = at
	}
	return last, nil
}

// ofRun is evidence of a probe run.
func (f *finder) ofRun(run *domainRun, text string) ([]Evidence, error) {
	for _, m := range f.engine.Partitions(datasets.DomainReadinesses.Schema) {
		if !m.Day().Equal(run.at.UTC().Truncate(24 * time.Hour)) {
			continue
		}
		for row, err := range datasets.DomainReadinesses.Scan(f.store.Path(m)) {
			if err != nil {
				return nil, err
			}
			if row.RunID == run.id {
				return []Evidence{{m.Dataset, m.File, m.SHA256, text}}, nil
			}
			break // all its rows are of one run
		}
	}
	return nil, nil
}
