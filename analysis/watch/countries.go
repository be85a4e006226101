package watch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tidemark/analysis/operator"
	"tidemark/datasets"
)

// nationalTable is what the ASes registered in a country originate in an hour, of a family.
type nationalTable struct {
	hour       *hour
	registries int64 // of which a delegation file was used
	prefixes   int64
	ases       int64
	judged     int64 // routes whose state by ROAs is known
	invalid    int64 // those of them that are invalid
}

// countries compares what the ASes of watched countries originate, hour by hour, with what they did before.
func (f *finder) countries(ctx context.Context, r *Rule) error {
	if !r.looksFor(countryLost) && !r.looksFor(countryInvalid) {
		return nil
	}
	for _, code := range r.Countries {
		for _, family := range []uint32{4, 6} {
			tables, err := f.tablesOf(ctx, code, family)
			if err != nil {
				return err
			}
			f.lostRoutes(r, code, family, tables)
			f.invalidRoutes(r, code, family, tables)
		}
	}
	return nil
}

// tablesOf returns what the ASes of a country originate in the hours that are whole, oldest first.
func (f *finder) tablesOf(ctx context.Context, code string, family uint32) (tables []nationalTable, err error) {
	result, err := f.engine.Query(ctx, `SELECT time, max(registries_known), CAST(sum(prefixes) AS BIGINT), CAST(sum(valid_routes + invalid_routes + not_found_routes) AS BIGINT),
    CAST(sum(invalid_routes) AS BIGINT), CAST(sum(ases) AS BIGINT) FROM country_stats WHERE registration = 'as' AND country = ? AND family = ? GROUP BY time`, code, int64(family))
	if err != nil {
		return nil, err
	}
	found := map[time.Time][]any{}
	for _, row := range result.Rows {
		found[row[0].(time.Time)] = row
	}
	judged, err := f.engine.Query(ctx, "SELECT time, max(registries_known) FROM country_stats WHERE registration = 'as' AND family = ? GROUP BY time", int64(family))
	if err != nil {
		return nil, err
	}
	registries := map[time.Time]int64{}
	for _, row := range judged.Rows {
		registries[row[0].(time.Time)] = row[1].(int64)
	}
	for _, h := range f.whole(family) {
		known, isJudged := registries[h.at]
		if !isJudged || known == 0 {
			continue
		}
		t := nationalTable{hour: h, registries: known} // without a row: nothing is announced any longer
		if row := found[h.at]; row != nil {
			t.prefixes, t.judged, t.invalid, t.ases = row[2].(int64), row[3].(int64), row[4].(int64), row[5].(int64)
		}
		tables = append(tables, t)
	}
	return tables, nil
}

// isLike reports whether two tables were made from dumps of the same collectors and files of as many registries.
func (t *nationalTable) isLike(o *nationalTable) bool {
	return o.registries == t.registries && o.hour.has(t.hour.collectors) && t.hour.has(o.hour.collectors)
}

// newestLike returns the newest of older tables that is like it, at most maxSilence old; nil if none is.
func (t *nationalTable) newestLike(older []*nationalTable) *nationalTable {
	for _, o := range slices.Backward(older) {
		if t.isLike(o) && t.hour.at.Sub(o.hour.at) <= maxSilence {
			return o
		}
	}
	return nil
}

// spansOf returns the spans of a state that tables have in comparison with the newest one before without it. worse returns what is worse,
// or empty, and whether the tables tell.
func spansOf(tables []nationalTable, worse func(now, before *nationalTable) (text string, isJudged bool)) []span {
	var hours []*hour
	var sights []sight
	var good []*nationalTable
	var reference *nationalTable // while the state lasts
	for i := range tables {
		t := &tables[i]
		before := reference
		if before == nil {
			before = t.newestLike(good)
		}
		if before == nil { // the first of its kind
			good, hours = append(good, t), append(hours, t.hour)
			continue
		}
		text, isJudged := "", false
		if t.isLike(before) {
			text, isJudged = worse(t, before)
		}
		switch {
		case !isJudged:
			continue
		case text != "":
			reference, sights = before, append(sights, sight{at: t.hour.at, collectors: t.hour.collectors, text: text})
		default:
			reference, good = nil, append(good, t)
		}
		hours = append(hours, t.hour)
	}
	return spans(hours, sights)
}

// minPrefixes is the number of prefixes of a country below which a share of them says nothing.
const minPrefixes = 20

func (f *finder) lostRoutes(r *Rule, code string, family uint32, tables []nationalTable) {
	if !r.looksFor(countryLost) {
		return
	}
	found := spansOf(tables, func(now, before *nationalTable) (string, bool) {
		if before.prefixes < minPrefixes || 10*now.prefixes >= 9*before.prefixes {
			return "", true
		}
		return fmt.Sprintf("%d IPv%d prefixes of %d ASes, before %d of %d", now.prefixes, family, now.ases, before.prefixes, before.ases), true
	})
	for _, s := range found {
		f.addNational(r, countryLost, code, family, "originate "+s.first.text, s)
	}
}

func (f *finder) invalidRoutes(r *Rule, code string, family uint32, tables []nationalTable) {
	if !r.looksFor(countryInvalid) {
		return
	}
	found := spansOf(tables, func(now, before *nationalTable) (string, bool) {
		if 10*now.judged < 9*before.judged || 10*before.judged < 9*now.judged || before.judged < minPrefixes {
			return "", false // payloads are missing
		}
		more := float64(now.invalid)/float64(now.judged) - float64(before.invalid)/float64(before.judged)
		if now.invalid < 2*before.invalid || more < 0.01 {
			return "", true
		}
		return fmt.Sprintf("%d ROV-invalid routes among %d over IPv%d, before %d among %d", now.invalid, now.judged, family, before.invalid, before.judged), true
	})
	for _, s := range found {
		f.addNational(r, countryInvalid, code, family, "have "+s.first.text, s)
	}
}

func (f *finder) addNational(r *Rule, kind, code string, family uint32, what string, s span) {
	a := s.alert()
	a.Subject = fmt.Sprintf("country %s IPv%d", code, family)
	a.Text = fmt.Sprintf("The ASes registered in %s %s, %s, %s.", code, what, when(a.NotBefore, a.SeenFrom), until(a.GoneBy, a.LastSeen))
	a.Evidence = f.ofHour(datasets.CountryStats.Schema, a.SeenFrom, s.first.text)
	a.Page = operator.CountryPage(code)
	f.add(r, kind, a)
}

// lacksCountry says that too little is known of what is registered in a rule's countries.
func (f *finder) lacksCountry(ctx context.Context, r *Rule) (string, error) {
	most := int64(0)
	for _, code := range r.Countries {
		for _, family := range []uint32{4, 6} {
			tables, err := f.tablesOf(ctx, code, family)
			if err != nil {
				return "", err
			}
			for i := range tables {
				most = max(most, tables[i].prefixes)
			}
		}
	}
	if most < minPrefixes {
		return fmt.Sprintf("no hour has %d prefixes of ASes registered there", minPrefixes), nil
	}
	return "", nil
}
