package watch

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tidemark/datasets"
)

// certificates finds the hosts of watched domains whose certificate is valid over one family only. A run says something of a host if
// handshakes completed over both families.
func (f *finder) certificates(ctx context.Context, r *Rule) error {
	if !r.looksFor(oneFamily) {
		return nil
	}
	for _, domain := range r.Domains {
		result, err := f.engine.Query(ctx, `WITH shown AS (SELECT vantage_asn, list_id, host, service, run_id, min(started_at) AS tested,
            count(*) FILTER (WHERE family = 4) AS of4, count(*) FILTER (WHERE family = 6) AS of6,
            coalesce(string_agg(DISTINCT certificate_error, ', ' ORDER BY certificate_error) FILTER (WHERE family = 4 AND certificate_error <> ''), '') AS wrong4,
            coalesce(string_agg(DISTINCT certificate_error, ', ' ORDER BY certificate_error) FILTER (WHERE family = 6 AND certificate_error <> ''), '') AS wrong6
        FROM ipv6_probes WHERE domain = ? AND test = 'connect' AND host_kind IN ('apex', 'www', 'mx') AND tls_version <> '' AND baseline_ok AND NOT through_dns64 GROUP BY ALL)
        SELECT CAST(vantage_asn AS BIGINT), list_id, host, service, run_id, tested, wrong4, wrong6 FROM shown WHERE of4 > 0 AND of6 > 0 ORDER BY vantage_asn, list_id, host, service, tested, run_id`, domain)
		if err != nil {
			return err
		}
		for rows := range grouped(result.Rows, 4) {
			if err := f.certificatesOf(r, domain, rows); err != nil {
				return err
			}
		}
	}
	return nil
}

// certificatesOf finds the runs in which the certificate of a service of a host is valid over one family only. Each row is of a run, with
// what is wrong over either family.
func (f *finder) certificatesOf(r *Rule, domain string, rows [][]any) error {
	asn, list, host, service := rows[0][0].(int64), rows[0][1].(string), rows[0][2].(string), rows[0][3].(string)
	var judged []*hour
	var sights []sight
	runs := map[time.Time]string{}
	for _, row := range rows {
		at, over4, over6 := row[5].(time.Time), row[6].(string), row[7].(string)
		if f.isDamaged(datasets.IPv6Probes.Schema, at.UTC().Truncate(24*time.Hour)) {
			continue
		}
		judged = append(judged, &hour{at: at})
		runs[at] = row[4].(string)
		switch {
		case over4 == "" && over6 != "":
			sights = append(sights, sight{at: at, text: "over IPv6: " + over6})
		case over4 != "" && over6 == "":
			sights = append(sights, sight{at: at, text: "over IPv4: " + over4})
		}
	}
	place := ""
	if asn > 0 {
		place = fmt.Sprintf(" from AS%d", asn)
	}
	for _, s := range spans(judged, sights) {
		a := s.alert()
		a.Subject = strings.TrimSpace(domain+" "+strings.TrimPrefix(host, domain)) + " " + service + place
		a.Text = fmt.Sprintf("The certificate of %s (%s) is valid over one address family only%s (%s), %s, %s.", host, service, place, s.first.text, when(a.NotBefore, a.SeenFrom), until(a.GoneBy, a.LastSeen))
		var err error
		if a.Evidence, err = f.ofProbe(runs[a.SeenFrom], host+", "+service+", "+s.first.text); err != nil {
			return err
		}
		f.add(r, oneFamily, a, list)
	}
	return nil
}

// ofProbe is evidence of the tests of a probe run.
func (f *finder) ofProbe(run, text string) ([]Evidence, error) {
	for _, m := range f.engine.Partitions(datasets.IPv6Probes.Schema) {
		labels, ok, err := datasets.IPv6Probes.Labels(f.store, m)
		switch {
		case err != nil:
			return nil, err
		case ok && labels.RunID == run:
			return []Evidence{{m.Dataset, m.File, m.SHA256, text}}, nil
		}
	}
	return nil, nil
}

// lacksFamilies says that no probe saw certificates of a rule's domains over both families.
func (f *finder) lacksFamilies(ctx context.Context, r *Rule) (string, error) {
	result, err := f.engine.Query(ctx, `SELECT count(*) FILTER (WHERE families = 2) FROM (SELECT run_id, host, service, count(DISTINCT family) AS families FROM ipv6_probes
    WHERE list_contains(string_split(?, ' '), domain) AND test = 'connect' AND host_kind IN ('apex', 'www', 'mx') AND tls_version <> '' AND baseline_ok AND NOT through_dns64 GROUP BY ALL)`, strings.Join(r.Domains, " "))
	if err != nil || result.Rows[0][0].(int64) > 0 {
		return "", err
	}
	return "no run of the probe completed TLS handshakes with its hosts over both families", nil
}
