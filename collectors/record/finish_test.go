package record

import (
	"context"
	"slices"
	"testing"
	"time"
)

// TestBegunMeanwhile: a file that is begun while those that are finished are looked for is not one of them.
func TestBegunMeanwhile(t *testing.T) {
	p := newPlace(t)
	r := p.open(p.settings(Peer{Address: "127.0.0.1", ASN: 64501, Passive: true}))
	first := r.part.name
	r.meanwhile = func() {
		r.meanwhile = func() {}
		p.clock.Add(int64(5 * time.Minute / time.Microsecond))
		if err := r.Source("other").Message(someone, numbered(1)); err != nil {
			t.Error(err)
		}
	}
	names, err := r.finished()
	if err != nil || !slices.Equal(names, []string{first}) {
		t.Errorf("%q is finished, %v; want %s, and not %s", names, err, first, r.part.name)
	}
}

// TestFinishedMeanwhile: the name of a file that comes into the archive while a free name is looked for is not free.
func TestFinishedMeanwhile(t *testing.T) {
	p := newPlace(t)
	r := p.open(p.settings(Peer{Address: "127.0.0.1", ASN: 64501, Passive: true}))
	first := r.part.name
	p.clock.Add(int64(5 * time.Minute / time.Microsecond))
	if err := r.Source("other").Message(someone, numbered(1)); err != nil {
		t.Fatal(err)
	}
	r.meanwhile = func() {
		r.meanwhile = func() {}
		r.finishAll(context.Background())
	}
	there, err := r.isThere(first)
	if r.meanwhile(); err != nil || !there {
		t.Errorf("%s is there: %t, %v", first, there, err)
	}
	if names := p.names(); !slices.Contains(names, first) {
		t.Errorf("%q are in the archive, and not %s", names, first)
	}
}
