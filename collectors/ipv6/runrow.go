package ipv6

import (
	"strings"
	"time"

	"tidemark/datasets"
)

// runRow makes the row of a run.
type runRow struct{ row datasets.IPv6Run }

// runName returns the name of a run of a vantage; that of the transcript if the file is archived under none.
func runName(vantage string, h header) string {
	if vantage == "" {
		return h.Run
	}
	return vantage + "/" + h.Run[strings.LastIndexByte(h.Run, '/')+1:]
}

// shortened returns a text as long as the configuration accepts one: a transcript of another installation may say anything.
func shortened(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), maxListText)], "")
}

func newRun(h header) runRow {
	vantage, _, _ := strings.Cut(h.Run, "/")
	row := datasets.IPv6Run{
		RunID: h.Run, StartedAt: h.Started.UTC(), EndedAt: h.Started.UTC(), Vantage: vantage, VantageASN: h.VantageASN, Resolver: h.Resolver, Agent: h.Agent, SMTP: h.SMTP,
		BaselineOK: h.Baseline, ListID: h.List.ID, ListSHA256: h.List.SHA256, ListDomains: uint32(h.List.Domains),
		Title: shortened(h.List.Title), Owner: shortened(h.List.Owner), URL: shortened(h.List.URL), Country: shortened(h.List.Country), Sector: shortened(h.List.Sector),
	}
	if day, err := time.Parse(time.DateOnly, h.List.Date); err == nil {
		row.ListDate = &day
	}
	return runRow{row}
}

// add counts the tests of a domain.
func (r *runRow) add(d *domain) {
	if d.Skipped != "" {
		r.row.Skipped++
		return
	}
	r.row.Domains++
	for _, q := range d.Lookups {
		r.row.Lookups++
		r.count(&q.try, len(q.Response))
	}
	for _, q := range d.Authority {
		r.row.Queries++
		r.count(&q.try, len(q.Response))
	}
	for _, w := range d.Ways {
		r.row.Queries += int64(len(w.Servers))
		r.count(&w.try, 0)
	}
	for _, c := range d.Connects {
		r.row.Connections++
		bytes := 0
		if c.HTTP != nil {
			bytes = c.HTTP.Bytes
		}
		r.count(&c.try, bytes)
	}
}

// count adds the attempts of a test and the bytes that it received.
func (r *runRow) count(t *try, bytes int) {
	r.row.Attempts += int64(t.Attempts)
	r.row.Bytes += int64(bytes)
	if end := t.At.Add(time.Duration(t.MS * float64(time.Millisecond))).UTC(); end.After(r.row.EndedAt) {
		r.row.EndedAt = end
	}
}
