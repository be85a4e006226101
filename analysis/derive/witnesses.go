package derive

import (
	"cmp"
	"context"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// Witnesses makes witnesses: who carries the remarkable routes, and over which path. Paths are too many to be stored for all
// routes, so the dumps are read once more for these.
func Witnesses(dumps Dumps) Derivation {
	return Derivation{Of: datasets.Witnesses.Schema, Plan: func(store *table.Store) ([]Job, error) { return planWitnesses(store, dumps) }}
}

func planWitnesses(store *table.Store, files Dumps) ([]Job, error) {
	return planReadings(store, files, datasets.Witnesses.Schema, statesOf, "", func(ctx context.Context, r *reading, into *table.Commit) error {
		return (&witnessJob{r}).run(ctx, into)
	})
}

// maxNews is how many new routes are news. More of them are a table that came back, or a peer that was not there before.
const maxNews = 50_000

// route is what witnesses are looked for.
type route struct {
	prefix netip.Prefix
	origin uint32
	set    string
}

type witness struct {
	route
	datasets.Witness
}

// witnessJob finds the witnesses of an hour.
type witnessJob struct{ *reading }

func (w *witnessJob) run(ctx context.Context, into *table.Commit) error {
	out, err := datasets.Witnesses.Create(into, w.key())
	if err != nil {
		return err
	}
	out.Unit = "remarkable route"
	wanted, tooMany, err := w.wanted()
	if err != nil {
		return err
	}
	if tooMany > 0 {
		out.Note("new routes without witnesses, being too many", tooMany)
	}
	out.See(len(wanted))
	out.Keep(len(wanted))
	var found []witness
	for i, raw := range w.raws {
		switch {
		case len(wanted) == 0:
		case raw.Absent:
			out.Note(lostDump, 1)
		default:
			if found, err = w.read(ctx, found, w.dumps[i].collector, raw, wanted); err != nil {
				return err
			}
		}
	}
	slices.SortStableFunc(found, compareWitnesses)
	for _, f := range found {
		if err := out.Append(f.Witness); err != nil {
			return err
		}
	}
	return nil
}

// wanted returns the remarkable routes, each with the reasons. Where the new ones are too many to be news, it returns how
// many they are and leaves out those that are nothing else.
func (w *witnessJob) wanted() (wanted map[route]string, tooMany int, err error) {
	wanted, news := map[route]string{}, map[route]bool{}
	for row, err := range datasets.RouteStates.Scan(w.store.Path(w.basis)) {
		if err != nil {
			return nil, 0, err
		}
		why, isNew := reasons(&row), row.NewlySeen == "yes"
		if why == "" && !isNew {
			continue
		}
		prefix, err := netip.ParsePrefix(row.Prefix)
		if err != nil {
			return nil, 0, err
		}
		r := route{prefix, row.OriginASN, row.OriginSet}
		wanted[r] = why
		if isNew {
			news[r] = true
		}
	}
	if len(news) > maxNews {
		maps.DeleteFunc(wanted, func(r route, why string) bool { return news[r] && why == "" })
		return wanted, len(news), nil
	}
	for r := range news {
		wanted[r] = strings.TrimPrefix(wanted[r]+",new", ",")
	}
	return wanted, 0, nil
}

// reasons returns what is remarkable about a route besides its being new, comma-separated.
func reasons(row *datasets.RouteState) string {
	var why []string
	if row.IsBogon() {
		why = append(why, "bogon")
	}
	if strings.HasPrefix(row.ROVState, "invalid") {
		why = append(why, "rov-invalid")
	}
	if row.MOAS {
		why = append(why, "moas")
	}
	return strings.Join(why, ",")
}

// read appends the witnesses that a dump has.
func (w *witnessJob) read(ctx context.Context, found []witness, collector string, raw table.Input, wanted map[route]string) ([]witness, error) {
	prefixes := map[netip.Prefix]bool{}
	for r := range wanted {
		prefixes[r.prefix] = true
	}
	err := readPaths(ctx, w.files, raw, func(p netip.Prefix) bool { return prefixes[p] }, func(e PathEntry) {
		r := route{e.Prefix, e.OriginASN, e.OriginSet}
		if why, ok := wanted[r]; ok {
			found = append(found, witness{r, datasets.Witness{
				Time: w.hour, Family: netaddr.Family(r.prefix.Addr()), Prefix: r.prefix.String(), OriginASN: r.origin, OriginSet: r.set,
				Why: why, Collector: collector, PeerAddress: e.PeerAddress, PeerASN: e.PeerASN, Path: e.Path,
			}})
		}
	})
	return found, err
}

func compareWitnesses(a, b witness) int {
	return cmp.Or(netaddr.ComparePrefixes(a.prefix, b.prefix), cmp.Compare(a.origin, b.origin), cmp.Compare(a.set, b.set), cmp.Compare(a.Collector, b.Collector),
		cmp.Compare(a.PeerASN, b.PeerASN), cmp.Compare(a.PeerAddress, b.PeerAddress), cmp.Compare(a.Path, b.Path))
}
