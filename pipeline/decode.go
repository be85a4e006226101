package pipeline

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/fault"
	"tidemark/internal/machine"
	"tidemark/internal/redact"
	"tidemark/pipeline/schedule"
)

// PendingFile is a raw file that is to be decoded.
type PendingFile struct {
	Raw   archive.Raw
	Stale []*table.Manifest // what was made of it earlier; it stays until its replacement is committed
}

// Pending returns what Decode would decode, in the order of the archive. It changes nothing.
func (p *Pipeline) Pending(ctx context.Context) ([]PendingFile, error) {
	p.store.Refresh()
	pending, _, err := p.pending(ctx, func(archive.Raw) bool { return false })
	return pending, err
}

// pending also returns the unreadable files that are not tried again. stored reports whether storage has the bytes of a file
// that was cleared away here.
func (p *Pipeline) pending(ctx context.Context, stored func(archive.Raw) bool) (due []PendingFile, unreadable map[string]Unreadable, err error) {
	made, err := p.decoded()
	if err != nil {
		return nil, nil, err
	}
	known, err := p.unreadable()
	if err != nil {
		return nil, nil, err
	}
	failed := func(raw archive.Raw) bool {
		u, is := known[raw.ID()]
		return is && u.SHA256 == raw.SHA256 && u.Program == p.store.Program
	}
	unreadable = map[string]Unreadable{}
	judge := func(raw archive.Raw) {
		switch {
		case failed(raw):
			unreadable[raw.ID()] = known[raw.ID()]
		case upToDate(raw, made[raw.ID()]):
		case raw.Cleared && !stored(raw): // what was decoded of cleared bytes stays as it is
		default:
			due = append(due, PendingFile{Raw: raw})
		}
	}
	documents := map[string][]archive.Raw{} // copies of each, which are judged together
	for raw, err := range p.files.All("") {
		if err != nil {
			return nil, nil, err
		}
		if of := p.document(raw); of != "" {
			documents[of] = append(documents[of], raw)
		} else {
			judge(raw)
		}
	}
	earlier := map[string]string{} // by ID of an earlier copy, that of the last
	for _, copies := range documents {
		for _, raw := range lastCopies(copies, made, earlier, failed) {
			judge(raw)
		}
	}
	slices.SortFunc(due, func(a, b PendingFile) int { return strings.Compare(a.Raw.ID(), b.Raw.ID()) })
	if err := p.findStale(due, made, earlier); err != nil {
		return nil, nil, err
	}
	return due, unreadable, ctx.Err()
}

// document names the document of which a file is a copy, with its kind; empty where it is none.
func (p *Pipeline) document(raw archive.Raw) string {
	kind, err := p.Kind(raw.Kind)
	if copies, is := kind.(collectors.Copies); err == nil && is {
		if name := copies.CopyOf(raw); name != "" {
			return raw.Kind + " " + name
		}
	}
	return ""
}

// lastCopies returns the copies of a document without the earlier ones. What was made of an earlier copy counts as made of the last, which
// is then not up to date and replaces it. A copy that could not be read is not the last of several.
func lastCopies(copies []archive.Raw, decoded map[string]made, earlier map[string]string, failed func(archive.Raw) bool) []archive.Raw {
	last := copies[0]
	for _, raw := range copies[1:] {
		if !failed(raw) {
			last = raw
		}
	}
	return slices.DeleteFunc(copies, func(raw archive.Raw) bool {
		if raw.ID() == last.ID() {
			return false
		}
		if of, is := decoded[raw.ID()]; is {
			decoded[last.ID()] = decoded[last.ID()].and(of)
			earlier[raw.ID()] = last.ID()
		}
		return !failed(raw)
	})
}

// made is what tells of the observed partitions of a raw file whether they are up to date: a lake has a hundred thousand files.
type made struct {
	of         [sha256.Size]byte // hash of the raw file
	with       string            // what was wanted of it
	partitions int32
	together   int32 // partitions of the commit of the first
	mixed      bool  // they are not all of the same bytes and wishes
}

// and returns what tells of the partitions of both.
func (m made) and(other made) made {
	if m.partitions == 0 {
		return other
	}
	m.mixed = m.mixed || other.mixed || m.of != other.of || m.with != other.with
	m.partitions += other.partitions
	return m
}

// madeOf returns what tells of a partition.
func madeOf(in table.Input, together int) made {
	m := made{with: in.With, partitions: 1, together: int32(together)}
	if len(in.SHA256) != hex.EncodedLen(sha256.Size) {
		m.mixed = true
	} else if _, err := hex.Decode(m.of[:], []byte(in.SHA256)); err != nil {
		m.mixed = true
	}
	return m
}

// decoded returns what is known of the observed partitions by the ID of their raw file.
func (p *Pipeline) decoded() (map[string]made, error) {
	all := map[string]made{}
	err := p.eachDecoded(func(_ string, of table.Input, together int) {
		all[of.Name] = all[of.Name].and(madeOf(of, together))
	})
	return all, err
}

// eachDecoded calls found with each observed partition, its raw file, and how many partitions its commit had; but not with those of other
// installations: where the raw file is here, what is made of it here takes their place.
func (p *Pipeline) eachDecoded(found func(file string, of table.Input, together int)) error {
	for _, schema := range datasets.All() {
		if schema.Derived {
			continue
		}
		err := p.store.EachManifest(schema, []string{"inputs", "measured_by"}, func(m *table.Manifest) {
			if len(m.Inputs) == 1 && m.MeasuredBy == nil {
				found(m.File, m.Inputs[0], 1+len(m.Together))
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// findStale finds what was made earlier of the files that are due, or of earlier copies of them.
func (p *Pipeline) findStale(due []PendingFile, decoded map[string]made, earlier map[string]string) error {
	again := map[string]*PendingFile{}
	for i := range due {
		if f := &due[i]; decoded[f.Raw.ID()].partitions > 0 {
			again[f.Raw.ID()] = f
		}
	}
	if len(again) == 0 {
		return nil
	}
	var stale []string
	of := map[string]*PendingFile{}
	err := p.eachDecoded(func(file string, in table.Input, _ int) {
		if f := again[cmp.Or(earlier[in.Name], in.Name)]; f != nil {
			stale, of[file] = append(stale, file), f
		}
	})
	if err != nil {
		return err
	}
	for _, file := range stale {
		m, err := p.store.At(file)
		if err != nil {
			return err
		}
		if m != nil {
			of[file].Stale = append(of[file].Stale, m)
		}
	}
	return nil
}

// upToDate reports whether these partitions are all that the raw file gives now: of the same bytes, with the same wishes, and
// none missing for a newer schema.
func upToDate(raw archive.Raw, all made) bool {
	if all.partitions == 0 || all.mixed || all.partitions != all.together {
		return false
	}
	want := madeOf(raw.Input(), int(all.together))
	return !want.mixed && want.of == all.of && want.with == all.with
}

// Decoded is what one raw file gave.
type Decoded struct {
	Manifests []*table.Manifest
	Damage    []string // the first damaged places
	Damaged   int64    // how many there were in all
}

// DecodeFile decodes one raw file into the store, and then removes the stale partitions that earlier bytes or an earlier
// schema gave. It needs no session, and several processes may call it at once, also for the same file: the partitions are a
// function of the raw file, and all of them are committed or none. When it fails, what was there stays. Only Begin after a
// killed session may disturb it: what is half written then is swept away, and DecodeFile fails.
func DecodeFile(ctx context.Context, kind collectors.Kind, raw archive.Raw, store *table.Store, stale ...*table.Manifest) (Decoded, error) {
	commit := store.Begin(raw.Input())
	defer commit.Abort()
	commit.Replaces(stale...)
	form := collectors.FormOf(kind)
	raw.Stop, commit.Stop, raw.Limit = ctx.Done(), ctx.Done(), form.Limit()
	raw, check := raw.Checked()
	err := fault.Caught(func() error { return kind.Decode(ctx, raw, commit) })
	if ctx.Err() != nil { // to a decoder it may look like the end of a torn file
		return Decoded{}, ctx.Err()
	}
	if damaged := check.Err(); damaged != nil { // whatever the decoder made of it
		return Decoded{}, damaged
	}
	if err != nil {
		return Decoded{}, err
	}
	if form.Filled && commit.Empty() {
		return Decoded{}, fmt.Errorf("%s: nothing in the file is a row", raw.ID())
	}
	made, err := commit.Commit()
	if err != nil {
		return Decoded{}, err
	}
	damage, n := commit.Damaged()
	return Decoded{Manifests: made, Damage: damage, Damaged: n}, nil
}

// DecodeReport is what Decode did.
type DecodeReport struct {
	Report
	Files int // that were decoded
	Left  int // that a failure of this machine kept from being decoded; they are tried again
}

// Decode turns every raw file that has no up-to-date partitions into partitions. Files are independent: one that cannot be
// read is a problem, and the others go on. It is not tried again before it or the program changes.
func (s *Session) Decode(ctx context.Context) (DecodeReport, error) {
	r, err := s.decode(ctx)
	return r, s.step(r.Problems, err)
}

func (s *Session) decode(ctx context.Context) (DecodeReport, error) {
	taken, err := s.takeFailures()
	if err != nil {
		return DecodeReport{Report: taken}, err
	}
	due, unreadable, err := s.pending(ctx, s.copies.stored)
	if err != nil || len(due) == 0 {
		return DecodeReport{Report: taken}, err
	}
	var bytes int64
	for _, file := range due {
		bytes += file.Raw.Bytes
	}
	s.options.Observer.Begin("decoding", bytes)
	defer s.options.Observer.End()
	d := decoding{session: s, report: DecodeReport{Report: taken}, unreadable: unreadable, sources: s.sourcesState()}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(s.decodeWorkers())
	for _, file := range due {
		group.Go(func() error { return d.one(groupCtx, file) })
	}
	err = group.Wait()
	if e := d.save(); err == nil {
		err = e
	}
	return d.report, err
}

// save saves what decoding showed of files and sources.
func (d *decoding) save() error {
	return errors.Join(d.session.saveUnreadable(d.unreadable), d.saveSources())
}

// decodeMemory is what decoding the largest table dumps takes, in bytes.
const decodeMemory = 512 << 20

// decodeWorkers returns how many files are decoded at once.
func (p *Pipeline) decodeWorkers() int {
	return cmp.Or(p.options.Workers, decodeWorkers(runtime.GOMAXPROCS(0), machine.Memory()))
}

// decodeWorkers returns how many files a machine with so many cores and bytes of memory decodes at once; memory 0: unknown.
func decodeWorkers(cores int, memory int64) int {
	if memory == 0 {
		return min(cores, 2)
	}
	return max(min(cores, int(memory/decodeMemory)), 1)
}

// decoding is a Decode under way.
type decoding struct {
	session *Session

	mu         sync.Mutex
	report     DecodeReport
	unreadable map[string]Unreadable
	sources    *schedule.State
	changed    bool // sources
}

// passing is for how long after its transfer a file of which nothing can be used is taken for a passing wrong answer.
const passing = 24 * time.Hour

// passes reports whether the server may give something else when it is asked again. A fault of the program says nothing about the
// file, and a file that was there before may be what an older program could read.
func (d *decoding) passes(raw archive.Raw, err error) bool {
	var f *fault.Error
	age := d.session.now().Sub(raw.Fetched)
	return strings.HasPrefix(raw.URL, "http") && age >= 0 && age < passing && !errors.As(err, &f)
}

// refuse sets a file aside of which nothing can be used, so that it is asked for again.
func (d *decoding) refuse(raw archive.Raw, err error) error {
	reason := redact.Text(err.Error())
	d.sources.Refuse(raw.Source, raw.URL, d.session.now(), reason)
	d.changed = true
	return d.session.files.Refuse(raw, reason)
}

// saveSources saves what decoding showed of the sources.
func (d *decoding) saveSources() error {
	if !d.changed {
		return nil
	}
	return d.sources.Save(d.session.sourcesFile())
}

// one decodes a file and records how that went. It returns an error only when ctx ends.
func (d *decoding) one(ctx context.Context, file PendingFile) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s, raw := d.session, file.Raw
	var decoded Decoded
	kind, err := s.Kind(raw.Kind)
	if err == nil {
		decoded, err = s.decodeWhole(ctx, kind, file)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.options.Observer.Advance(raw.Bytes)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.failed(raw, err)
		return nil
	}
	d.accept(raw)
	d.report.Problems = append(d.report.Problems, s.logDecoded(raw, decoded)...)
	return nil
}

// accept records that a file was decoded.
func (d *decoding) accept(raw archive.Raw) {
	if d.sources.Accept(raw.Source, raw.URL) {
		d.changed = true
	}
	d.report.Files++
}

// failed records that a file could not be decoded.
func (d *decoding) failed(raw archive.Raw, err error) {
	s := d.session
	d.report.Problems = append(d.report.Problems, s.problem("cannot read", raw.ID(), err))
	switch {
	case isLocalFailure(err):
		d.report.Left++
	case d.passes(raw, err):
		if e := d.refuse(raw, err); e != nil {
			d.report.Problems = append(d.report.Problems, s.problem("setting aside", raw.ID(), e))
		}
	default:
		d.unreadable[raw.ID()] = Unreadable{raw.SHA256, s.store.Program, redact.Text(err.Error())}
	}
}

// logDecoded logs what a file gave, and returns its damage as problems.
func (p *Pipeline) logDecoded(raw archive.Raw, d Decoded) (problems []Problem) {
	var rows, rejected int64
	for _, m := range d.Manifests {
		rows += m.Rows
		for _, n := range m.Rejected {
			rejected += n
		}
	}
	level := slog.LevelInfo
	if p.options.Observer != (unobserved{}) { // it is told, and lines between would tear its bar
		level = slog.LevelDebug
	}
	p.log.Log(context.Background(), level, "decoded", "file", raw.ID(), "rows", rows, "rejected", rejected)
	for _, place := range d.Damage {
		p.log.Error("damaged", "file", raw.ID(), "place", place)
		problems = append(problems, Problem{What: "damaged", Where: raw.ID(), Err: errors.New(place)})
	}
	if more := d.Damaged - int64(len(d.Damage)); more > 0 {
		p.log.Error("damaged", "file", raw.ID(), "further places", more)
	}
	return problems
}

// isLocalFailure reports whether err comes from this machine or its storage, for example from a full or rotting disk, rather than from the file.
func isLocalFailure(err error) bool {
	var number syscall.Errno
	// Arrow's writers pass on the text only.
	return errors.As(err, &number) || errors.Is(err, archive.ErrDamaged) || errors.Is(err, archive.ErrNotBrought) || strings.Contains(err.Error(), syscall.ENOSPC.Error())
}
