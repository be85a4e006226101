package derive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// PathEntry is an entry of a dump.
type PathEntry struct {
	Prefix      netip.Prefix
	OriginASN   uint32
	OriginSet   string
	PeerAddress string
	PeerASN     uint32
	Path        string // without prepending
	OTC         uint32 // AS of Only to Customer (RFC 9234); 0: none
}

// Dumps are the raw dumps of the archive, to be read once more.
type Dumps interface {
	// Holds reports whether the bytes of a raw file, those with the input's hash, can be read.
	Holds(raw table.Input) (bool, error)
	// Paths calls each with the entries of the wanted prefixes in the raw file of that name, in the order of the dump.
	Paths(ctx context.Context, name string, wanted func(netip.Prefix) bool, each func(PathEntry)) error
}

// lostDump is what a partition notes of a dump that could not be read once more.
const lostDump = "dump no longer in the archive"

// reading is an hour whose dumps are read once more, with a partition that was derived from them before.
type reading struct {
	*dumpHour
	store *table.Store
	basis *table.Manifest
	raws  []table.Input // of the dumps
	files Dumps
}

// planReadings returns a job for each hour that has a basis and dumps with peers. It makes a partition of the schema, anew if with changes.
func planReadings(store *table.Store, files Dumps, schema *table.Schema, basisOf func(*table.Store, table.Key) (*table.Manifest, error), with string, run func(context.Context, *reading, *table.Commit) error) ([]Job, error) {
	all, err := tableDumps(store)
	if err != nil {
		return nil, err
	}
	var jobs []Job
	for _, h := range dumpHours(all) {
		basis, err := basisOf(store, h.key())
		if err != nil {
			return nil, err
		}
		h.dumps = withPeers(h.dumps)
		if basis == nil || len(h.dumps) == 0 {
			continue
		}
		based := basis.AsInput()
		based.With = with
		inputs, err := withRawInputs(store, schema, h, []table.Input{based}, files)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, Job{Key: h.key(), Inputs: inputs, Run: func(ctx context.Context, into *table.Commit) error {
			return run(ctx, &reading{dumpHour: h, store: store, basis: basis, raws: inputs[1:], files: files}, into)
		}})
	}
	return jobs, nil
}

// statesOf returns the states of an hour; nil if there are none.
func statesOf(store *table.Store, hour table.Key) (*table.Manifest, error) {
	return store.Manifest(datasets.RouteStates.Schema, hour)
}

// withPeers returns the dumps whose peers and raw file are known, the ones with paths.
func withPeers(dumps []tableDump) []tableDump {
	return slices.DeleteFunc(dumps, func(d tableDump) bool { return d.peers == nil || len(d.routes.Inputs) != 1 })
}

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

// everyPrefix is what readPaths wants where all entries are read.
func everyPrefix(netip.Prefix) bool { return true }

// readPaths calls each with the entries of the wanted prefixes in a dump.
func readPaths(ctx context.Context, files Dumps, raw table.Input, wanted func(netip.Prefix) bool, each func(PathEntry)) error {
	err := files.Paths(ctx, raw.Name, wanted, each)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("the archive lost %s after the plan that names it as an input; run again: %w", raw.Name, err)
	}
	return err
}
