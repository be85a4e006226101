// Package record is a route collector: it writes what BGP sessions and BMP routers tell it into MRT files of the archive, as they were
// received. A file of updates has each message and each change of a session's state as a record of BGP4MP_ET (RFC 6396 section 4.4, RFC
// 8050) with the time at which it was received; a table dump is TABLE_DUMP_V2.
//
// It announces nothing: of the messages of BGP it can send OPEN, KEEPALIVE and NOTIFICATION.
package record

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"tidemark/collectors/archive"
	"tidemark/collectors/mrt"
	"tidemark/collectors/mrt/dump"
)

// Options say where a recorder writes.
type Options struct {
	Files *archive.Archive
	// Keep brings a file, whose hash and size raw has, into the archive: it moves it to its place. After an error it is called again.
	Keep  func(ctx context.Context, raw archive.Raw, file string) error
	State string           // file of the Status
	Clock func() time.Time // nil: time.Now
	Log   *slog.Logger     // nil: nothing is logged

	UserAgent string // that public streams see; should hold a contact
}

// Recorder writes messages of sessions into files. Its methods may be called from several goroutines at once.
type Recorder struct {
	settings *Settings
	note     archive.Raw // of its files, but for name, hash and size
	files    *archive.Archive
	keep     func(context.Context, archive.Raw, string) error
	state    string
	clock    func() time.Time
	log      *slog.Logger
	dir      string                                                // of unfinished files
	turned   chan struct{}                                         // a file was finished
	listen   func(ctx context.Context, work *sync.WaitGroup) error // begins to record; all goroutines of it end with ctx

	live       *live       // of RIS; nil: it is not recorded here
	routeViews *routeViews // nil: it is not recorded here

	meanwhile func() // between two looks at the files; tests have files begun and finished there

	finishing sync.Mutex
	ready     map[string]readyFile // by name

	mu       sync.Mutex
	began    time.Time
	part     *part  // nil: nothing can be written now
	unlooked int    // bytes that were written since the disk was looked at
	resumed  string // file of updates that a killed recorder left; empty: none
	tables   []tableFile
	table    *dump.Snapshot // nil: there is none, as most routes are not sent
	compacts int            // size of the table at which it is compacted, in bytes
	peers    map[mrt.Peer]*peer
	refused  int  // connections
	changed  bool // a session came up or went down since the status was saved
	saved    time.Time
	stopped  bool
	buf      []byte
	failed   error // why nothing can be written any more; errPaused: now
}

// peer is one end of a session, which one source tells about.
type peer struct {
	PeerStatus
	source    *Source // nil: none now
	collector mrt.Peer
	over      bool // its routes take more memory than a peer may have
}

// States of a session (RFC 6396 section 4.4.1).
const (
	idle        = 1
	connect     = 2
	active      = 3
	openSent    = 4
	openConfirm = 5
	established = 6
)

// Open returns a recorder of the sessions and the BMP routers of the settings. It goes on with what another one left in the archive; the
// caller makes sure that there is none at work.
func Open(s *Settings, o Options) (*Recorder, error) {
	r := open(s, o, archive.Raw{Kind: kind, Collector: s.Collector, URL: recordedURL + s.Collector})
	if err := r.begin(); err != nil {
		return nil, err
	}
	r.listen = r.listenToPeers
	r.table = dump.NewSnapshot(r.began, new(dump.Filter))
	r.table.Collector = s.id
	if err := r.endKilled(); err != nil {
		return nil, err
	}
	for _, p := range s.Peers { // those that never connect are shown, too
		key := mrt.Peer{Address: p.address.Addr().WithZone(""), ASN: p.ASN}
		if r.peers[key] == nil {
			r.peers[key] = &peer{PeerStatus: PeerStatus{Address: key.Address, ASN: key.ASN, state: idle}}
		}
		r.peers[key].Source = bgpSource
	}
	return r, nil
}

// open returns a recorder whose files have that note. It still has to begin.
func open(s *Settings, o Options, note archive.Raw) *Recorder {
	r := &Recorder{
		settings: s, note: note, files: o.Files, keep: o.Keep, state: o.State, clock: o.Clock, log: o.Log,
		turned: make(chan struct{}, 1), ready: map[string]readyFile{}, peers: map[mrt.Peer]*peer{}, compacts: minCompacted,
		meanwhile: func() {},
	}
	if r.clock == nil {
		r.clock = time.Now
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	r.dir = filepath.Dir(r.partPath(suffix))
	return r
}

// begin begins to write, where another recorder stopped.
func (r *Recorder) begin() (err error) {
	if err := r.recover(); err != nil {
		return err
	}
	r.began = r.clock()
	r.part, err = r.openPart(r.began)
	return err
}

// ofOthers reports whether the sessions that are recorded are those of other collectors.
func (r *Recorder) ofOthers() bool { return r.live != nil || r.routeViews != nil }

// endKilled records the end of the sessions that were up when another recorder was killed.
func (r *Recorder) endKilled() error {
	last, err := ReadStatus(r.state)
	if err != nil || last == nil {
		return err
	}
	killed := r.Source("")
	for _, p := range last.Peers {
		if !p.Up {
			continue
		}
		h := mrt.Header{Peer: mrt.Peer{Address: p.Address, ASN: p.ASN}, Collector: mrt.Peer{Address: p.Local, ASN: r.settings.ASN}}
		if err := killed.State(h, established, idle); err != nil {
			return err
		}
	}
	return killed.Close()
}

// Source is where messages come from: a BGP session, a router that speaks BMP, or a stream of a public collector. A peer belongs to the
// source that tells about it first, until that is closed or says that the session is over.
type Source struct {
	recorder *Recorder
	name     string
}

// bgpSource is the name of the source that a BGP session is.
const bgpSource = "bgp"

// Source returns a source of that name.
func (r *Recorder) Source(name string) *Source { return &Source{r, name} }

var (
	errTaken   = errors.New("another source tells about this peer already")
	errStopped = errors.New("recording has ended")
	errPaused  = errors.New("recording pauses")
	errMemory  = errors.New("the routes of the peer take more memory than record.peer_memory allows")
)

// Message records a BGP message, with its header, as received now. An error is one of the source, which is not listened to any more, or
// of the disk.
func (s *Source) Message(h mrt.Header, message []byte) error {
	r := s.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock()
	setTime(&h, now)
	r.buf = h.AppendMessage(r.buf[:0], message)
	return r.write(s, r.buf, now)
}

// State records a change of a session's state (RFC 6396 section 4.4.1) now.
func (s *Source) State(h mrt.Header, from, to uint16) error {
	r := s.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changeState(s, h, from, to)
}

func (r *Recorder) changeState(s *Source, h mrt.Header, from, to uint16) error {
	now := r.clock()
	setTime(&h, now)
	r.buf = h.AppendState(r.buf[:0], from, to)
	return r.write(s, r.buf, now)
}

// Record records an MRT record of BGP4MP_ET as if it was received now.
func (s *Source) Record(record []byte) error {
	r := s.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	r.buf = append(r.buf[:0], record...)
	now := r.clock()
	var h mrt.Header
	setTime(&h, now)
	if err := mrt.SetTime(r.buf, h.Seconds, h.Micros); err != nil {
		return err
	}
	return r.write(s, r.buf, now)
}

// Close ends the sessions of the source.
func (s *Source) Close() error {
	r := s.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.endSessions(func(of *Source) bool { return of == s })
}

// endSessions ends the sessions of some sources. Those of other collectors have no end here.
func (r *Recorder) endSessions(are func(*Source) bool) error {
	var all []error
	for _, key := range slices.SortedFunc(maps.Keys(r.peers), comparePeers) {
		p := r.peers[key]
		if p.source == nil || !are(p.source) {
			continue
		}
		if p.state != idle && !r.ofOthers() {
			all = append(all, r.changeState(p.source, mrt.Header{Peer: key, Collector: p.collector}, p.state, idle))
		}
		p.source, p.over = nil, false
	}
	return errors.Join(all...)
}

func setTime(h *mrt.Header, at time.Time) {
	h.Seconds, h.Micros = uint32(at.Unix()), uint32(at.Nanosecond()/1000)
}

// write writes a record that was received now into the file of the interval, and applies it to the table. The time of the record should be
// that of now, too: what is in a table dump was received before it, and what is not, after it.
func (r *Recorder) write(s *Source, record []byte, now time.Time) error {
	if r.failed != nil {
		return r.failed
	}
	rec, err := mrt.ParseRecord(record)
	if err != nil {
		return err
	}
	if len(record) > maxRecord {
		return fmt.Errorf("a message of %d octets", len(record))
	}
	m, err := rec.ParseMessage()
	if !m.Peer.Address.IsValid() {
		return err
	}
	p, err := r.peerOf(s, m.Peer)
	if err != nil {
		return err
	}
	if p.over && !m.StateChange {
		return fmt.Errorf("%s AS%d: %w (%d bytes)", p.Address, p.ASN, errMemory, r.settings.peerMemory)
	}
	if err := r.turn(now); err != nil {
		return r.fail(err)
	}
	if _, err := r.part.out.Write(record); err != nil {
		return r.fail(err)
	}
	r.unlooked += len(record)
	r.changed = r.changed || m.StateChange
	p.note(&m, rec.Time())
	p.collector = m.Collector
	if p.state == idle && m.StateChange { // another source may hear the peer still
		p.source, p.over = nil, false
	}
	if r.table != nil {
		r.updateTable(p, &rec)
	}
	if r.unlooked >= spaceEvery {
		return r.look()
	}
	return nil
}

func (r *Recorder) updateTable(p *peer, rec *mrt.Record) {
	if err := r.table.Update(rec); err != nil && !errors.Is(err, mrt.ErrNotDecoded) {
		p.Malformed++
		r.log.Debug("a malformed message", "peer", p.Address, "error", err)
	}
	if r.table.Size() > r.compacts {
		r.compact()
	}
}

// fail remembers that nothing can be written any more.
func (r *Recorder) fail(err error) error {
	r.failed = fmt.Errorf("recording ends: %w", err)
	r.wake()
	return r.failed
}

func (r *Recorder) wake() {
	select {
	case r.turned <- struct{}{}:
	default:
	}
}

// maxPeers bounds the peers that are known, as table dumps do (RFC 6396 section 4.3.1).
const maxPeers = 1<<16 - 1

// peerOf returns a peer, which from now on belongs to the source.
func (r *Recorder) peerOf(s *Source, key mrt.Peer) (*peer, error) {
	p := r.peers[key]
	if p == nil {
		if len(r.peers) >= maxPeers {
			return nil, fmt.Errorf("more than %d peers", maxPeers)
		}
		p = &peer{PeerStatus: PeerStatus{Address: key.Address, ASN: key.ASN, state: idle}}
		r.peers[key] = p
	}
	if p.source != nil && p.source != s {
		return nil, fmt.Errorf("%s AS%d, of %s: %w: %s", key.Address, key.ASN, s.name, errTaken, p.source.name)
	}
	p.source, p.Source = s, s.name
	return p, nil
}

// minCompacted is by how much the table grows at least before it is compacted, in bytes.
const minCompacted = 64 << 20

// compact frees what is left of routes that are gone, and marks the peers whose routes take too much. The table is compacted again when it
// has doubled, or has grown by what one peer may have: so no peer ever has more than twice of that.
func (r *Recorder) compact() {
	for key, size := range r.table.Compact() {
		if p := r.peers[key]; p != nil {
			p.Memory = size
			p.over = size > r.settings.peerMemory
		}
	}
	size := r.table.Size()
	r.compacts = size + max(minCompacted, min(size, r.settings.peerMemory))
}

// turn begins the next file if the interval is over, or if the clock was set back behind its beginning, and dumps the table when that is
// due. A dump that cannot be written is missing, and messages are recorded all the same.
func (r *Recorder) turn(now time.Time) error {
	if r.part.holds(now) {
		return nil
	}
	end := r.part.end
	if err := r.part.close(); err != nil {
		return err
	}
	if due := now.Truncate(r.settings.dump); r.table != nil && !due.Before(end) {
		r.table.At = due
		if err := r.dumpTable(); err != nil {
			r.log.Error("the table is not dumped", "at", due.UTC(), "error", err)
		}
	}
	var err error
	if r.part, err = r.openPart(now); err != nil {
		return err
	}
	r.wake()
	return nil
}

// Sync writes what was received so far to the disk.
func (r *Recorder) Sync() error {
	r.mu.Lock()
	if r.failed == nil {
		if err := r.turn(r.clock()); err != nil {
			r.fail(err)
		} else {
			r.look()
		}
	}
	if r.failed != nil {
		defer r.mu.Unlock()
		return r.failed
	}
	part, err := r.part, r.part.out.Flush()
	saving, savingErr := r.nextCheckpoint(part)
	r.mu.Unlock()
	if err = errors.Join(err, savingErr); err == nil {
		err = part.file.Sync()
	}
	if errors.Is(err, os.ErrClosed) { // it was synced then
		err = nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil && saving != nil && r.part == part { // else a later one was saved
		err = r.routeViews.save(saving)
	}
	if err != nil {
		return r.fail(err)
	}
	return nil
}

// maxWait is how long a file waits before it is offered to the archive again.
const maxWait = 10 * time.Second

// Run records what is sent until ctx ends, and then finishes the file. While the disk has no more than its reserve it pauses.
func (r *Recorder) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var finishing sync.WaitGroup
	finishing.Go(func() { r.finishLoop(ctx) })
	var err error
	for err == nil && ctx.Err() == nil {
		if err = r.recordUntilFull(ctx); errors.Is(err, errPaused) {
			err = r.waitForRoom(ctx)
		}
	}
	cancel()
	finishing.Wait()
	return errors.Join(err, r.stop(ctx))
}

// recordUntilFull records until ctx ends, or nothing can be written, and returns why. Then no session is left.
func (r *Recorder) recordUntilFull(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel(nil)
	err := r.Sync()
	if err != nil {
		return err
	}
	if err := r.listen(ctx, &work); err != nil {
		return err
	}
	r.eachSync(ctx, func() (ended bool) {
		err = r.Sync()
		return err != nil
	})
	cancel(err)
	return err
}

// eachSync saves the status and calls do, as often as is synced, until that reports the end or ctx ends.
func (r *Recorder) eachSync(ctx context.Context, do func() (ended bool)) {
	syncs := time.NewTicker(r.settings.sync)
	defer syncs.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-syncs.C:
		}
		if err := r.saveStatusIfDue(); err != nil {
			r.log.Warn("the state of recording is not saved", "error", err)
		}
		if do() {
			return
		}
	}
}

func (r *Recorder) finishLoop(ctx context.Context) {
	again := time.NewTicker(maxWait)
	defer again.Stop()
	for {
		r.finishAll(ctx)
		select {
		case <-ctx.Done():
			return
		case <-r.turned:
		case <-again.C:
		}
	}
}

// stop finishes the file and offers it to the archive. What cannot go there now is finished by the next recorder.
func (r *Recorder) stop(ctx context.Context) (err error) {
	r.mu.Lock()
	isWhole := r.failed == nil || errors.Is(r.failed, errPaused)
	if r.part != nil {
		err = r.part.close()
		r.part = nil
	}
	if isWhole && err == nil {
		err = r.saveCheckpoint(nil)
	}
	r.failed = errStopped
	r.stopped = true
	r.mu.Unlock()
	if isWhole { // else the file may end inside a record, which the next recorder cuts
		r.finishAll(context.WithoutCancel(ctx))
	}
	return errors.Join(err, r.saveStatus())
}
