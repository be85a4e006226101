package derive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
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
	Path        string // without prepending
}

// Dumps are the raw dumps of the archive, to be read once more.
type Dumps interface {
	// Holds reports whether the bytes of a raw file, those with the input's hash, can be read.
	Holds(raw table.Input) (bool, error)
	// Paths calls each with the entries of the wanted prefixes in the raw file of that name, in the order of the dump.
	Paths(ctx context.Context, name string, wanted func(netip.Prefix) bool, each func(PathEntry)) error
}

// Witnesses makes witnesses: who carries the remarkable routes, and over which path. Paths are too many to be stored for all
// routes, so the dumps are read once more for these.
func Witnesses(dumps Dumps) Derivation {
	return Derivation{Of: datasets.Witnesses.Schema, Plan: func(store *table.Store) ([]Job, error) { return planWitnesses(store, dumps) }}
}

func planWitnesses(store *table.Store, files Dumps) ([]Job, error) {
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
		h.dumps = withPeers(h.dumps)
		if states == nil || len(h.dumps) == 0 {
			continue
		}
		inputs, err := withRawInputs(store, datasets.Witnesses.Schema, h, []table.Input{states.AsInput()}, files)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, Job{Key: h.key(), Inputs: inputs, Run: func(ctx context.Context, into *table.Commit) error {
			w := witnessJob{dumpHour: h, store: store, states: states, raws: inputs[1:], files: files}
			return w.run(ctx, into)
		}})
	}
	return jobs, nil
}

// withPeers returns the dumps whose peers and raw file are known, the ones with paths.
func withPeers(dumps []tableDump) []tableDump {
	return slices.DeleteFunc(dumps, func(d tableDump) bool { return d.peers == nil || len(d.routes.Inputs) != 1 })
}

// everyPrefix is what Dumps.Paths wants where all entries are read.
func everyPrefix(netip.Prefix) bool { return true }

// withRawInputs appends the raw file of each dump of an hour to the inputs of a job that reads them, marked as absent where the archive
// has lost the bytes. What was found while it had them stays good, and cannot be found again.
func withRawInputs(store *table.Store, schema *table.Schema, h *dumpHour, inputs []table.Input, files Dumps) ([]table.Input, error) {
	first := len(inputs)
	for _, d := range h.dumps {
		inputs = append(inputs, d.routes.Inputs[0])
	}
	if upToDate, err := store.UpToDate(schema, h.key(), inputs); upToDate || err != nil {
		return inputs, err
	}
	for i := range inputs[first:] {
		raw := &inputs[first+i]
		held, err := files.Holds(*raw)
		if err != nil {
			return nil, err
		}
		raw.Absent = !held
	}
	return inputs, nil
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
type witnessJob struct {
	*dumpHour
	store  *table.Store
	states *table.Manifest
	raws   []table.Input // of the dumps
	files  Dumps
}

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
			out.Note("dump no longer in the archive", 1)
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
	for row, err := range datasets.RouteStates.Scan(w.store.Path(w.states)) {
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
	err := w.files.Paths(ctx, raw.Name, func(p netip.Prefix) bool { return prefixes[p] }, func(e PathEntry) {
		r := route{e.Prefix, e.OriginASN, e.OriginSet}
		if why, ok := wanted[r]; ok {
			found = append(found, witness{r, datasets.Witness{
				Time: w.hour, Family: netaddr.Family(r.prefix.Addr()), Prefix: r.prefix.String(), OriginASN: r.origin, OriginSet: r.set,
				Why: why, Collector: collector, PeerAddress: e.PeerAddress, PeerASN: e.PeerASN, Path: e.Path,
			}})
		}
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("the archive lost %s after the plan that names it as an input; run again: %w", raw.Name, err)
	}
	return found, err
}

func compareWitnesses(a, b witness) int {
	return cmp.Or(netaddr.ComparePrefixes(a.prefix, b.prefix), cmp.Compare(a.origin, b.origin), cmp.Compare(a.set, b.set), cmp.Compare(a.Collector, b.Collector),
		cmp.Compare(a.PeerASN, b.PeerASN), cmp.Compare(a.PeerAddress, b.PeerAddress), cmp.Compare(a.Path, b.Path))
}
