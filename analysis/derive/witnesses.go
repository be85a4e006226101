package derive

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"strings"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// PathEntry is an entry of a dump.
type PathEntry struct {
	Prefix      netip.Prefix
	OriginASN   uint32
	OriginSet   string
	PeerAddress string
	PeerASN     uint32
	Path        string // with prepending removed
}

// Dumps reads a dump of the archive once more, by the name of the raw file: the entries of the wanted prefixes, in the
// order of the dump. A file that is there no more is fs.ErrNotExist.
type Dumps func(ctx context.Context, name string, wanted func(netip.Prefix) bool, each func(PathEntry)) error

// Witnesses makes witnesses: who carries the routes that are remarkable, and over which path. Paths are too many to be kept
// for all routes, so the dumps are read once more for these.
func Witnesses(dumps Dumps) Derivation {
	return Derivation{Of: datasets.Witnesses.Schema, Plan: func(store *table.Store) ([]Job, error) { return planWitnesses(store, dumps) }}
}

func planWitnesses(store *table.Store, read Dumps) ([]Job, error) {
	all, err := tableDumps(store)
	if err != nil {
		return nil, err
	}
	var jobs []Job
	for _, h := range dumpHours(all) {
		states, err := store.Manifest(datasets.RouteStates.Schema, h.key())
		if err != nil {
			return nil, err
		}
		h.dumps = slices.DeleteFunc(h.dumps, func(d tableDump) bool { return d.peers == nil || len(d.routes.Inputs) != 1 })
		if states == nil || len(h.dumps) == 0 {
			continue
		}
		inputs := []table.Input{states.AsInput()}
		for _, d := range h.dumps {
			inputs = append(inputs, d.routes.Inputs[0])
		}
		jobs = append(jobs, Job{Key: h.key(), Inputs: inputs, Run: func(ctx context.Context, into *table.Commit) error {
			return witnesses(ctx, store, h, states, read, into)
		}})
	}
	return jobs, nil
}

// mostNews is how many new routes are news. More of them are a table that came back, or a peer that was not there before.
const mostNews = 50_000

type route struct {
	prefix netip.Prefix
	origin uint32
	set    string
}

func witnesses(ctx context.Context, store *table.Store, h *dumpHour, states *table.Manifest, read Dumps, into *table.Commit) error {
	out, err := datasets.Witnesses.Create(into, h.key())
	if err != nil {
		return err
	}
	out.Unit = "remarkable route"
	wanted, news := map[route]string{}, map[route]bool{}
	for row, err := range datasets.RouteStates.Scan(store.Path(states)) {
		if err != nil {
			return err
		}
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
		isNew := row.NewlySeen == "yes"
		if len(why) == 0 && !isNew {
			continue
		}
		prefix, err := netip.ParsePrefix(row.Prefix)
		if err != nil {
			return err
		}
		p := route{prefix, row.OriginASN, row.OriginSet}
		wanted[p] = strings.Join(why, ",")
		if isNew {
			news[p] = true
		}
	}
	if len(news) > mostNews {
		out.Note("new routes without witnesses, being too many", len(news))
		for p := range news {
			if wanted[p] == "" {
				delete(wanted, p)
			}
		}
	} else {
		for p := range news {
			wanted[p] = strings.TrimPrefix(wanted[p]+",new", ",")
		}
	}
	prefixes := map[netip.Prefix]bool{}
	for p := range wanted {
		prefixes[p.prefix] = true
	}
	out.See(len(wanted))
	out.Keep(len(wanted))
	type witness struct {
		route
		datasets.Witness
	}
	var found []witness
	for _, d := range h.dumps {
		if len(prefixes) == 0 {
			break
		}
		err := read(ctx, d.routes.Inputs[0].Name, func(p netip.Prefix) bool { return prefixes[p] }, func(e PathEntry) {
			p := route{e.Prefix, e.OriginASN, e.OriginSet}
			if why, ok := wanted[p]; ok {
				found = append(found, witness{p, datasets.Witness{Time: h.hour, Family: netaddr.Family(p.prefix.Addr()), Prefix: p.prefix.String(), OriginASN: p.origin, OriginSet: p.set,
					Why: why, Collector: d.collector, PeerAddress: e.PeerAddress, PeerASN: e.PeerASN, Path: e.Path}})
			}
		})
		if errors.Is(err, fs.ErrNotExist) {
			out.Note("dump no longer in the archive", 1)
			continue
		}
		if err != nil {
			return err
		}
	}
	slices.SortStableFunc(found, func(a, b witness) int {
		return cmp.Or(netaddr.ComparePrefixes(a.prefix, b.prefix), cmp.Compare(a.origin, b.origin), cmp.Compare(a.set, b.set), cmp.Compare(a.Collector, b.Collector),
			cmp.Compare(a.PeerASN, b.PeerASN), cmp.Compare(a.PeerAddress, b.PeerAddress), cmp.Compare(a.Path, b.Path))
	})
	for _, w := range found {
		if err := out.Append(w.Witness); err != nil {
			return err
		}
	}
	return nil
}
