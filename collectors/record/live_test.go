package record

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"tidemark/collectors/rislive"
)

// TestRISLive: a peer is that of the collector of RIS that tells about it first; what another says of it, and what is of another time, is left out
// and counted. A recorder that was killed is gone on with, and the sessions of RIS get no end from that.
func TestRISLive(t *testing.T) {
	p := newPlace(t)
	s := &Settings{RISLive: &rislive.Options{URL: "ws://127.0.0.1:1/"}}
	s.Watch([]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, nil)
	if err := s.Check(""); err != nil {
		t.Fatal(err)
	}
	open := func() *Recorder {
		r, err := OpenRISLive(s, p.options())
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	now := time.UnixMicro(p.clock.Load())
	message := func(host string, number uint32, at time.Time) rislive.Message {
		return rislive.Message{Time: at, Host: host, PeerAddress: netip.MustParseAddr("198.51.100.1"), PeerASN: 64501, Raw: numbered(number)}
	}
	r := open()
	for _, m := range []rislive.Message{
		message("rrc00", 0, now.Add(-3*time.Second)), message("rrc24", 1, now), message("rrc00", 2, now.Add(-2*maxSkew)), message("rrc00", 3, now.Add(2*maxSkew)), message("rrc00", 4, now),
	} {
		if err := r.live.record(m); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Sync(); err != nil {
		t.Fatal(err)
	}
	if got := r.Status(); got.RISLive.LeftOut != 3 || got.Collector != liveCollector || len(got.Peers) > 0 {
		t.Errorf("status %+v, %+v; want 3 messages left out", got, got.RISLive)
	}
	if err := r.saveStatus(); err != nil {
		t.Fatal(err)
	}
	next := open() // the first one is as good as killed
	if err := next.live.record(message("rrc24", 5, now)); err != nil {
		t.Fatal(err)
	}
	p.clock.Add((5 * time.Minute).Microseconds())
	p.finishNow(next)
	if got, want := p.numbers(), []byte{0, 4, 5}; !slices.Equal(got, want) {
		t.Errorf("messages %v are in the archive, want %v", got, want)
	}
	all := p.records(updatesPrefix)
	if len(all) != 3 || !all[0].Time().Equal(now.Add(-3*time.Second)) {
		t.Errorf("%d records, the first of %s; want 3 with the time of RIS", len(all), all[0].Time())
	}
	if names := p.names(); !slices.Equal(names, []string{"updates.20260102.0755.gz"}) {
		t.Errorf("files %q: without a table there is no dump of one", names)
	}
}
