package record

import (
	"bufio"
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tidemark/collectors/mrt"
)

var someone = mrt.Header{Peer: mrt.Peer{Address: netip.MustParseAddr("192.0.2.7"), ASN: 64507}}

// numbers returns the numbers of the numbered messages in the archive.
func (p *place) numbers() (all []byte) {
	p.t.Helper()
	for _, rec := range p.records(updatesPrefix) {
		if m, err := rec.ParseMessage(); err != nil {
			p.t.Error(err)
		} else if !m.StateChange {
			all = append(all, m.Body[6])
		}
	}
	return all
}

// fullDisk is a file on a disk with some room left.
type fullDisk struct {
	file *os.File
	room int
}

func (d *fullDisk) Write(b []byte) (int, error) {
	n, err := d.file.Write(b[:min(len(b), d.room)])
	d.room -= n
	if err == nil && n < len(b) {
		err = &os.PathError{Op: "write", Path: d.file.Name(), Err: syscall.ENOSPC}
	}
	return n, err
}

// TestFullDisk: a full disk ends recording with an error that names the file. What was synced before is kept, the record that was cut is
// removed, and the next recorder goes on.
func TestFullDisk(t *testing.T) {
	p := newPlace(t)
	s := p.settings(Peer{Address: "127.0.0.1", ASN: 64501, Passive: true})
	r := p.open(s)
	source := r.Source("other")
	for n := range uint32(5) {
		if err := source.Message(someone, numbered(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Sync(); err != nil {
		t.Fatal(err)
	}
	r.part.out = bufio.NewWriterSize(&fullDisk{r.part.file, 100}, 64<<10) // less than two messages
	for n := uint32(5); n < 8; n++ {
		if err := source.Message(someone, numbered(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Sync(); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), r.part.name) {
		t.Errorf("%v, want one that names the file and %v", err, syscall.ENOSPC)
	}
	if err := source.Message(someone, numbered(9)); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v, want %v", err, syscall.ENOSPC)
	}
	if err := r.stop(context.Background()); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v, want %v", err, syscall.ENOSPC)
	}
	if err := source.Message(someone, numbered(10)); !errors.Is(err, errStopped) {
		t.Errorf("%v, want %v", err, errStopped)
	}
	next := p.open(s)
	if err := next.Source("other").Message(someone, numbered(11)); err != nil {
		t.Fatal(err)
	}
	p.finishNow(next)
	if got, want := p.numbers(), []byte{0, 1, 2, 3, 4, 5, 11}; !slices.Equal(got, want) {
		t.Errorf("messages %v are in the archive, want %v", got, want)
	}
}

// TestDumpFails: where the table dump cannot be written, messages are recorded all the same.
func TestDumpFails(t *testing.T) {
	p := newPlace(t)
	r := p.open(p.settings(Peer{Address: "127.0.0.1", ASN: 64501, Passive: true}))
	var said strings.Builder
	r.log = slog.New(slog.NewTextHandler(&said, nil))
	source := r.Source("other")
	if err := source.Message(someone, announce(netip.MustParsePrefix("192.0.2.0/24"), nil)); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(p.files.Dir, "mrt", "here", "undated")
	note := filepath.Join(folder, "rib.20260102.0800.gz.meta.json")
	if err := errors.Join(os.MkdirAll(folder, 0o755), os.Symlink(note, note)); err != nil { // which cannot be followed
		t.Fatal(err)
	}
	p.clock.Add((3 * time.Minute).Microseconds())
	if err := errors.Join(source.Message(someone, numbered(1)), r.Sync()); err != nil {
		t.Error(err)
	}
	if !strings.Contains(said.String(), "the table is not dumped") {
		t.Errorf("the log has %q", &said)
	}
}

// TestClock: whether the clock is set forward or back, each message is in the file of the time that it has, and recording goes on.
func TestClock(t *testing.T) {
	p := newPlace(t) // 07:58
	r := p.open(p.settings(Peer{Address: "127.0.0.1", ASN: 64501, Passive: true}))
	source := r.Source("other")
	for n, step := range []time.Duration{0, 26 * time.Hour, time.Minute, -26 * time.Hour, time.Minute, -400 * 24 * time.Hour, 400 * 24 * time.Hour} {
		p.clock.Add(step.Microseconds())
		if err := errors.Join(source.Message(someone, numbered(uint32(n))), r.Sync()); err != nil {
			t.Fatal(err)
		}
	}
	p.finishNow(r)
	got := p.numbers()
	slices.Sort(got)
	if want := []byte{0, 1, 2, 3, 4, 5, 6}; !slices.Equal(got, want) {
		t.Errorf("messages %v are in the archive, want %v", got, want)
	}
	if names, want := p.names(), []string{
		"updates.20241128.0800.gz", "updates.20260102.0755.gz", "updates.20260102.0759.gz", "updates.20260102.0800.gz", "updates.20260102.0801.gz", "updates.20260103.0955.gz",
	}; !slices.Equal(names, want) {
		t.Errorf("files %q, want %q", names, want)
	}
}

// TestBoundary: what was received before a table dump is in it and in the file before it, what was received at its instant or later in the file of
// that interval.
func TestBoundary(t *testing.T) {
	p := newPlace(t)
	r := p.open(p.settings(Peer{Address: "127.0.0.1", ASN: 64501, Passive: true}))
	eight := time.Date(2026, 1, 2, 8, 0, 0, 0, time.UTC)
	source := r.Source("other")
	for i, at := range []time.Time{eight.Add(-time.Microsecond), eight, eight.Add(5*time.Minute - time.Microsecond), eight.Add(5 * time.Minute)} {
		p.clock.Store(at.UnixMicro())
		if err := source.Message(someone, announce(netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i), 0, 0}), 16), nil)); err != nil {
			t.Fatal(err)
		}
	}
	p.finishNow(r)
	for name, want := range map[string]int{"updates.20260102.0755": 1, "updates.20260102.0800": 2, "updates.20260102.0805": 1} {
		if got := len(p.records(name)); got != want {
			t.Errorf("%s has %d records, want %d", name, got, want)
		}
	}
	rib, routes := mrt.NewRIB(), 0
	for _, rec := range p.records("rib.20260102.0800") {
		if _, err := rib.Entries(&rec, func(e *mrt.Entry) { routes++ }); err != nil {
			t.Error(err)
		}
	}
	if routes != 1 {
		t.Errorf("the table dump has %d routes, want the one of before", routes)
	}
}
