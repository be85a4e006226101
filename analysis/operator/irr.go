package operator

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/internal/netaddr"
)

// IRRDump is the newest dump of a registry of routes.
type IRRDump struct {
	Source string `json:"source"`
	Family int64  `json:"family"`
	Date   string `json:"file_date"`
}

// IRRObject is a route object of a prefix, or of one that covers it.
type IRRObject struct {
	Prefix    string `json:"prefix"`
	Origin    string `json:"origin"`
	Source    string `json:"source"`
	MntBy     string `json:"mnt_by,omitempty"`
	Modified  string `json:"last_modified,omitempty"` // day; empty: the dump does not say
	Agreement string `json:"agreement,omitempty"`     // announced origin or another origin; empty: the prefix is not announced
}

// What an object says of the announcements of its prefix.
const (
	announcedOrigin = "announced origin"
	anotherOrigin   = "another origin"
)

// maxIRRObjects is how many objects of a prefix are shown.
const maxIRRObjects = 100

// newestIRR selects the newest dump of each registry and family from those of the time.
const newestIRR = `WITH newest AS (
    SELECT source, family, max(file_date) AS file_date FROM irr_routes WHERE file_date <= ? AND file_date >= ? GROUP BY source, family)
`

func (v *View) irrDays() []any {
	return []any{v.Time, v.oldest(datasets.IRRRoutes.DaysValid(""))}
}

// irrDumps returns the newest dumps of the time, by registry; none if there are none.
func (v *View) irrDumps(ctx context.Context) (dumps []IRRDump, err error) {
	found, err := v.engine.Query(ctx, newestIRR+"SELECT source, CAST(family AS BIGINT) AS f, file_date FROM newest ORDER BY source, f", v.irrDays()...)
	if err != nil {
		return nil, err
	}
	for _, r := range found.Rows {
		dumps = append(dumps, IRRDump{r[0].(string), r[1].(int64), r[2].(time.Time).Format(time.DateOnly)})
	}
	return dumps, nil
}

// judgeByIRR sets what the objects of the dumps say of routes, which are those that meet the condition.
func (v *View) judgeByIRR(ctx context.Context, dumps []IRRDump, routes []Route, where string, args ...any) error {
	if len(dumps) == 0 {
		return nil
	}
	known := map[string]bool{}
	for _, d := range dumps {
		known[fmt.Sprint("IPv", d.Family)] = true
	}
	args = append(append(v.irrDays(), v.Time), args...)
	found, err := v.engine.Query(ctx, newestIRR+`SELECT r.prefix, r.origin, bool_or(CAST(o.origin_asn AS VARCHAR) = r.origin)
    FROM (SELECT prefix, `+originSQL+` AS origin FROM route_states WHERE time = ? AND `+where+`) AS r
    JOIN irr_routes AS o ON o.prefix = r.prefix JOIN newest USING (source, family, file_date) GROUP BY ALL`, args...)
	if err != nil {
		return err
	}
	matching := map[[2]string]bool{}
	for _, r := range found.Rows {
		matching[[2]string{r[0].(string), r[1].(string)}] = r[2].(bool)
	}
	for i := range routes {
		r := &routes[i]
		is, has := matching[[2]string{r.Prefix, r.Origin}]
		switch {
		case is:
			r.IRR = datasets.IRRMatching
		case has:
			r.IRR = datasets.IRROther
		case known[r.Family()]:
			r.IRR = datasets.IRRNone
		default:
			r.IRR = datasets.IRRUnknown
		}
	}
	return nil
}

// irrObjects returns the objects that meet a condition, the most specific first, and how many there are.
func (v *View) irrObjects(ctx context.Context, where string, args ...any) (objects []IRRObject, total int64, err error) {
	found, err := v.engine.Query(ctx, newestIRR+`SELECT prefix, CAST(origin_asn AS VARCHAR) AS origin, source, mnt_by, last_modified, count(*) OVER () AS total
    FROM (SELECT DISTINCT prefix, prefix_length, origin_asn, source, mnt_by, last_modified FROM irr_routes JOIN newest USING (source, family, file_date)
          WHERE `+where+`) AS o
    ORDER BY prefix_length DESC, prefix, origin_asn, source, mnt_by, last_modified LIMIT ?`,
		slices.Concat(v.irrDays(), args, []any{int64(maxIRRObjects)})...)
	if err != nil {
		return nil, 0, err
	}
	for _, r := range found.Rows {
		o := IRRObject{Prefix: r[0].(string), Origin: r[1].(string), Source: r[2].(string), MntBy: r[3].(string)}
		if at, known := r[4].(time.Time); known {
			o.Modified = at.Format(time.DateOnly)
		}
		objects, total = append(objects, o), r[5].(int64)
	}
	return objects, total, nil
}

// coveringTexts returns a prefix and all that cover it, the most specific first, as texts.
func coveringTexts(p netip.Prefix) (all []string) {
	for bits := p.Bits(); bits >= 0; bits-- {
		all = append(all, netip.PrefixFrom(p.Addr(), bits).Masked().String())
	}
	return all
}

// irrBasis names the dumps: RADB of 2026-11-27, RIPE of 2026-11-28.
func irrBasis(dumps []IRRDump) string {
	var all []string
	for _, d := range dumps {
		all = append(all, d.Source+" of "+d.Date)
	}
	return strings.Join(slices.Compact(all), ", ") // both families are often of one day
}

// IRRBasis names the dumps by which routes are judged; empty if there are none.
func (s *Prefix) IRRBasis() string { return irrBasis(s.IRRDumps) }

// IRRBasis names the dumps by which routes are judged; empty if there are none.
func (s *AS) IRRBasis() string { return irrBasis(s.IRRDumps) }

// setIRR sets what the dumps have of a prefix and its routes.
func (v *View) setIRR(ctx context.Context, p netip.Prefix, s *Prefix) error {
	dumps, err := v.irrDumps(ctx)
	if err != nil {
		return err
	}
	for _, d := range dumps {
		if d.Family == int64(netaddr.Family(p.Addr())) { // those of the other say nothing of it
			s.IRRDumps = append(s.IRRDumps, d)
		}
	}
	if len(s.IRRDumps) == 0 {
		return nil
	}
	if err := v.judgeByIRR(ctx, s.IRRDumps, s.Routes, "prefix = ?", s.Prefix); err != nil {
		return err
	}
	if s.IRRObjects, s.IRRTotal, err = v.irrObjects(ctx, "family = ? AND list_contains(string_split(?, ' '), prefix)", int64(netaddr.Family(p.Addr())), strings.Join(coveringTexts(p), " ")); err != nil {
		return err
	}
	setAgreement(s.IRRObjects, s.Routes)
	return nil
}

// setAgreement says of each object whether an announcement of the prefix has its origin, if there is one.
func setAgreement(objects []IRRObject, routes []Route) {
	if len(routes) == 0 {
		return
	}
	for i := range objects {
		o := &objects[i]
		o.Agreement = anotherOrigin
		if slices.ContainsFunc(routes, func(r Route) bool { return r.Origin == o.Origin }) {
			o.Agreement = announcedOrigin
		}
	}
}
