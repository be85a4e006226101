package record

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tidemark/collectors/mrt"
	"tidemark/collectors/routeviews"
)

// routeViewsSettings are settings for a broker, which record what is withdrawn inside 0.0.0.0/1.
func routeViewsSettings(t testing.TB, broker string) *Settings {
	t.Helper()
	s := &Settings{RouteViews: &routeviews.Options{Brokers: []string{broker}}}
	s.Watch([]netip.Prefix{netip.MustParsePrefix("0.0.0.0/1")}, nil)
	if err := s.Check(""); err != nil {
		t.Fatal(err)
	}
	return s
}

// bus simulates topics of Kafka. A message is numbered by its partition and offset.
type bus struct {
	partitions, each int
	at               func() time.Time
}

func topic(partition int) string { return fmt.Sprintf("routeviews.linx.%d.bmp_raw", 64500+partition) }

// message returns a message of a partition. Every third says nothing of what is watched.
func (b *bus) message(partition, offset int) *routeviews.Message {
	at := b.at()
	m := &routeviews.Message{Topic: topic(partition), Offset: int64(offset), Time: at, Collector: "linx"}
	if offset%3 != 0 {
		h := mrt.Header{Seconds: uint32(at.Unix()), Micros: uint32(at.Nanosecond() / 1000), Peer: mrt.Peer{Address: netip.AddrFrom4([4]byte{192, 0, 2, byte(partition)}), ASN: 64501}}
		m.Peer = h.Peer.Address
		m.Record = h.AppendMessage(nil, numbered(uint32(partition*b.each+offset)))
	}
	return m
}

// send sends a random message, of which the recorder has those before, and reports whether there is one.
func (b *bus) send(v *routeViews, random *rand.Rand) (more bool, err error) {
	for _, partition := range random.Perm(b.partitions) {
		if next := int(v.positions.Next[topic(partition)][0]); next < b.each {
			return true, v.record(b.message(partition, next))
		}
	}
	return false, nil
}

// TestCheckpoint leaves a recorder of RouteViews as a kill does, at random moments between all that it does, and goes on with another one:
// each message is in the files once. What was written and not synced is there, or is not.
func TestCheckpoint(t *testing.T) {
	for seed := range uint64(6) {
		random := rand.New(rand.NewPCG(seed, 0))
		p := newPlace(t)
		b := &bus{partitions: 3, each: 200, at: func() time.Time { return time.UnixMicro(p.clock.Load()) }}
		s := routeViewsSettings(t, "127.0.0.1:1")
		killed := func() (more bool) {
			r, err := OpenRouteViews(s, p.options())
			if err != nil {
				t.Fatal(err)
			}
			v := r.routeViews
			for range random.IntN(300) {
				switch random.IntN(40) {
				case 0:
					err = r.Sync()
				case 1:
					p.clock.Add(int64(random.IntN(400)) * 1e6)
				case 2:
					p.clock.Add(-int64(random.IntN(400)) * 1e6)
				case 3:
					r.finishAll(t.Context())
				case 4:
					r.part.out.Flush() // the buffer was full
				default:
					more, err = b.send(v, random)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			r.part.file.Close()
			return more
		}
		kills := 1
		for killed() {
			kills++
		}
		r, err := OpenRouteViews(s, p.options())
		if err != nil {
			t.Fatal(err)
		}
		for more := true; more; {
			if more, err = b.send(r.routeViews, random); err != nil {
				t.Fatal(err)
			}
		}
		p.finishNow(r)
		if got, want := countNumbers(t, p), b.partitions*(b.each-(b.each+2)/3); len(got) != want || slices.Max(slices.Collect(maps.Values(got))) != 1 {
			t.Fatalf("seed %d, %d kills: %d messages are in the files, want %d, each once: %v", seed, kills, len(got), want, got)
		}
		if quarantined, err := p.files.Quarantined(); err != nil || len(quarantined) > 0 {
			t.Errorf("in quarantine: %v, %v", quarantined, err)
		}
	}
}

// countNumbers returns how often the message of each number is in the files of the archive.
func countNumbers(t testing.TB, p *place) map[uint32]int {
	seen := map[uint32]int{}
	for _, rec := range p.records(updatesPrefix) {
		m, err := rec.ParseMessage()
		if err != nil {
			t.Fatal(err)
		}
		if !m.StateChange {
			seen[binary.BigEndian.Uint32(m.Body[3:])]++
		}
	}
	return seen
}

// TestCheckpointFails: when a checkpoint cannot be saved, recording ends, and the file that it should have named goes nowhere.
func TestCheckpointFails(t *testing.T) {
	p := newPlace(t)
	b := &bus{partitions: 1, each: 10, at: func() time.Time { return time.UnixMicro(p.clock.Load()) }}
	s := routeViewsSettings(t, "127.0.0.1:1")
	r, err := OpenRouteViews(s, p.options())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.routeViews.record(b.message(0, 1)); err != nil {
		t.Fatal(err)
	}
	first := r.part.name
	checkpoint := filepath.Join(r.dir, checkpointFile)
	if err := os.Remove(checkpoint); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(checkpoint, "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	p.clock.Add(int64(5 * time.Minute / time.Microsecond))
	if err := r.routeViews.record(b.message(0, 2)); err == nil {
		t.Error("a message is recorded without a checkpoint")
	}
	r.finishAll(t.Context())
	if err := r.stop(context.Background()); err != nil {
		t.Log(err)
	}
	if names := p.names(); slices.Contains(names, first) {
		t.Errorf("%q are in the archive", names)
	}
	if _, err := OpenRouteViews(s, p.options()); err == nil {
		t.Error("a checkpoint that cannot be read is passed over")
	}
}

// TestPauseOfRouteViews: what is sent in a pause is read after it.
func TestPauseOfRouteViews(t *testing.T) {
	p := newPlace(t)
	free := p.limited()
	b := &bus{partitions: 1, each: 10, at: func() time.Time { return time.UnixMicro(p.clock.Load()) }}
	r, err := OpenRouteViews(routeViewsSettings(t, "127.0.0.1:1"), p.options())
	if err != nil {
		t.Fatal(err)
	}
	v := r.routeViews
	if err := v.record(b.message(0, 1)); err != nil {
		t.Fatal(err)
	}
	free.Store(reserve - 1)
	if err := r.Sync(); err == nil || r.Status().Paused == "" {
		t.Errorf("%v, want a pause", err)
	}
	if err := v.record(b.message(0, 2)); err == nil {
		t.Error("a message is recorded in a pause")
	}
	free.Store(reserve + minRoom)
	if resumed, err := r.resume(); !resumed || err != nil {
		t.Fatal(resumed, err)
	}
	if next := v.from().Next[topic(0)][0]; next != 2 {
		t.Errorf("reading goes on at %d, want 2", next)
	}
	if err := v.record(b.message(0, 2)); err != nil {
		t.Fatal(err)
	}
	p.finishNow(r)
	if got := countNumbers(t, p); !maps.Equal(got, map[uint32]int{1: 1, 2: 1}) {
		t.Errorf("%v are in the files", got)
	}
}
