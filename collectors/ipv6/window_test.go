package ipv6

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// dead is a network in which nobody answers.
func dead() Network {
	return Network{
		Resolver: "192.0.2.53:53", Timeout: 50 * time.Millisecond, Now: time.Now,
		Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
		},
	}
}

// TestCheckDoesNotQueue: a check that network and resolver work does not wait behind the tests of the run, which at a low rate are
// seconds of work.
func TestCheckDoesNotQueue(t *testing.T) {
	p, err := newProber(Settings{Rate: 1, AddressRate: 1, PrefixRate: 1}, "", optOut{}, dead())
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	for range 100 {
		p.manners.all.Reserve()
	}
	if p.header.Controls, err = parseControls([]string{"192.0.2.1:443", "[2001:db8::1]:443"}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := p.missing(ctx); ctx.Err() != nil {
		t.Errorf("the check waited behind the tests: %v", err)
	}
	p.header.Controls = nil
	if err := p.missing(ctx); ctx.Err() != nil {
		t.Errorf("the check of the resolver waited behind the tests: %v", err)
	}
}

// TestHeld: no domain begins while those that are begun and not written hold too much memory, or are too many.
func TestHeld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(path, []byte("a.example\nb.example\nc.example\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	l, err := openList(Settings{Domains: path})
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	p, err := newProber(Settings{}, "", optOut{}, dead())
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	for _, c := range []struct {
		held  int64
		ahead int
		begun int
	}{{0, 10, 3}, {maxHeld - 1, 10, 3}, {maxHeld, 10, 0}, {0, 2, 2}} {
		ctx, cancel := context.WithCancel(t.Context())
		w := &window{prober: p, list: l, journal: &journal{}, workers: 5, ahead: c.ahead, held: c.held, ended: make(chan outcome, 5)}
		err := w.start(ctx)
		cancel()
		for range w.running {
			<-w.ended
		}
		if err != nil || w.running != c.begun {
			t.Errorf("with %d bytes held and %d domains allowed, %d began, want %d: %v", c.held, c.ahead, w.running, c.begun, err)
		}
	}
}

// TestSize: what a visit holds grows with its answers and with the pages that are kept for comparison.
func TestSize(t *testing.T) {
	v := &visit{pages: map[pageKey]*page{}}
	before := v.size()
	v.line.Lookups = []*lookup{{Response: make([]byte, 1000)}}
	answered := v.size()
	v.pages[pageKey{"https://a.example/", "AAAA"}] = &page{words: make([]uint32, 1000)}
	if paged := v.size(); answered < before+1000 || paged < answered+4000 {
		t.Errorf("a visit of %d bytes has %d with an answer of 1,000 bytes and %d with a page of 1,000 words", before, answered, paged)
	}
}
