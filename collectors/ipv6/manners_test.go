package ipv6

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tidemark/internal/testkit/fuzz"
)

// TestManners: never two at an address, and no more in a time than the bucket gives.
func TestManners(t *testing.T) {
	m := newManners(Settings{Rate: 100000, AddressRate: 100000, PrefixRate: 100, OperatorRate: 100000}, optOut{})
	a := netip.MustParseAddr("2a0f::1")
	var there, most atomic.Int64
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			release, err := m.visit(context.Background(), a, "example")
			if err != nil {
				t.Error(err)
				return
			}
			if n := there.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(100 * time.Microsecond)
			there.Add(-1)
			release()
		})
	}
	group.Wait()
	if most.Load() != 1 {
		t.Errorf("%d were at an address at a time", most.Load())
	}
	if len(m.busy.all) != 0 {
		t.Errorf("%d addresses are remembered", len(m.busy.all))
	}
	// Where a bucket gives one a second, the second has to wait: here longer than it does.
	for what, c := range map[string]struct {
		p              Settings
		one, two, free string
		operators      [3]string
	}{
		"all":      {Settings{Rate: 1}, "2a0f::1", "60.0.0.1", "", [3]string{}},
		"address":  {Settings{Rate: 1000, AddressRate: 1, PrefixRate: 1000}, "2a0f::1", "2a0f::1", "2a0f::2", [3]string{}},
		"/48":      {Settings{Rate: 1000, PrefixRate: 1}, "2a0f::1", "2a0f::2", "2a0f:0:1::1", [3]string{}},
		"/24":      {Settings{Rate: 1000, PrefixRate: 1}, "60.0.0.1", "60.0.0.2", "60.0.1.1", [3]string{}},
		"operator": {Settings{Rate: 1000, OperatorRate: 1}, "60.0.0.1", "60.0.1.1", "60.0.2.1", [3]string{operator("ns1.dns.co.uk"), operator("ns2.dns.co.uk"), operator("ns1.other.co.uk")}},
		"AS":       {Settings{Rate: 1000, ASRate: 1}, "60.0.0.1", "2a0f::1", "60.1.0.1", [3]string{}},
	} {
		m := newManners(c.p, optOut{})
		m.origin = func(a netip.Addr) uint32 { // 0: of an unknown AS
			return map[netip.Addr]uint32{netip.MustParseAddr("60.0.0.1"): 64496, netip.MustParseAddr("2a0f::1"): 64496, netip.MustParseAddr("60.1.0.1"): 64497}[a]
		}
		visit := func(address, operator string) error {
			ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
			defer cancel()
			release, err := m.visit(ctx, netip.MustParseAddr(address), operator)
			if err == nil {
				release()
			}
			return err
		}
		if err := visit(c.one, c.operators[0]); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if err := visit(c.two, c.operators[1]); err == nil {
			t.Errorf("%s: the second did not wait", what)
		}
		if c.free != "" {
			if err := visit(c.free, c.operators[2]); err != nil {
				t.Errorf("%s: another had to wait: %v", what, err)
			}
		}
	}
	// Who gives up while waiting leaves no trace.
	release, _ := m.visit(context.Background(), a, "")
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if _, err := m.visit(ctx, a, ""); err == nil {
		t.Error("two at an address")
	}
	release()
	if len(m.busy.all) != 0 {
		t.Errorf("%d addresses are remembered", len(m.busy.all))
	}
}

// TestBuckets: their number stays small however many names come.
func TestBuckets(t *testing.T) {
	b := buckets{rate: 1_000_000}
	for i := range 50 * minSweep {
		if err := b.wait(context.Background(), fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	if len(b.all) > 4*minSweep {
		t.Errorf("%d buckets are remembered", len(b.all))
	}
}

func TestOptOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	os.WriteFile(path, []byte("# who asked\nexample.com\n*.example.org # all of it\n192.0.2.0/24\n2001:db8::1\nbücher.example\n"), 0o644)
	o, err := readOptOut(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"example.com": true, "www.example.com": true, "myexample.com": false, "com": false, "a.b.example.org": true, "example.net": false, "xn--bcher-kva.example": true,
	} {
		if o.host(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
	for a, want := range map[string]bool{"192.0.2.7": true, "192.0.3.7": false, "2001:db8::1": true, "2001:db8::2": false} {
		if o.address(netip.MustParseAddr(a)) != want {
			t.Errorf("%s: %v", a, !want)
		}
	}
	os.WriteFile(path, []byte("example.com\nexa mple\n"), 0o644)
	if _, err := readOptOut(path); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a line that is nothing: %v", err)
	}
}

// TestDraw: a panel stays when the list around it changes, a refreshed sample does not stay from day to day, and each
// stratum gives its number.
func TestDraw(t *testing.T) {
	write := func(from, to int) *list {
		var b strings.Builder
		b.WriteString("Rank,Domain\n")
		for i := from; i < to; i++ {
			fmt.Fprintf(&b, "%d,d%d.example\n", i-from+1, i)
		}
		path := filepath.Join(t.TempDir(), "top.csv")
		os.WriteFile(path, []byte(b.String()), 0o644)
		l, err := openList(Settings{Domains: path})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(l.close)
		return l
	}
	drawn := func(l *list, d draw) (names []string) {
		if err := d.reduce(l); err != nil {
			t.Fatal(err)
		}
		perStratum := map[string]int{}
		for i := range l.entries {
			one, err := l.read(i)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, one.domain)
			perStratum[stratum(one.rank)]++
		}
		if perStratum["1k"] != 50 || perStratum["10k"] != 50 || len(perStratum) != 2 {
			t.Errorf("drawn: %v", perStratum)
		}
		return names
	}
	panel := drawn(write(1, 5000), draw{Panel: 50, PanelSeed: 7})
	same := drawn(write(1, 5000), draw{Panel: 50, PanelSeed: 7})
	if !slices.Equal(panel, same) {
		t.Error("the panel of the same list is another")
	}
	stayed := 0
	for _, name := range drawn(write(50, 5000), draw{Panel: 50, PanelSeed: 7}) {
		if slices.Contains(panel, name) {
			stayed++
		}
	}
	if stayed < 85 {
		t.Errorf("of 100 in the panel %d stayed when the list lost 49 of 5,000", stayed)
	}
	one, two := drawn(write(1, 5000), draw{Fresh: 50, Seed: seedOf("a", "2025-01-01")}), drawn(write(1, 5000), draw{Fresh: 50, Seed: seedOf("a", "2025-01-02")})
	if slices.Equal(one, two) {
		t.Error("the samples of two days are the same")
	}
}

func TestListNames(t *testing.T) {
	for name, want := range map[string][2]string{
		"tranco_LYVX4.csv":           {"tranco-LYVX4", ""},
		"tranco_LYVX4-1m.2025-06-03": {"tranco-LYVX4", "2025-06-03"},
		"tranco-top10k.2025-06.csv":  {"tranco-top10k.2025-06.csv", "2025-06-01"},
		"tranco_top_10k.csv":         {"tranco_top_10k.csv", ""},
		"opendns-top-domains.txt":    {"opendns-top-domains.txt", ""},
		"top-1m.20250603.csv":        {"top-1m.20250603.csv", "2025-06-03"},
		"governments.2025-02-30.txt": {"governments.2025-02-30.txt", ""},
	} {
		if id, date := listName(name); id != want[0] || date != want[1] {
			t.Errorf("%s: %q %q, want %q", name, id, date, want)
		}
	}
}

// TestSimilarity has pages and what they have in common.
func TestSimilarity(t *testing.T) {
	of := func(text string) *page { return &page{SHA256: text, words: words([]byte(text))} }
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"", "", 1},
		{"<p>the same</p>", "<p>the same</p>", 1},
		{"<p>one two three four</p>", "<p>one two three five</p>", 10.0 / 12},
		{"a a a", "a", 0.5},
		{"left", "right", 0},
		{"words", "", 0},
		{"???", "!!!", 1}, // no words in either
	} {
		if got := similarity(of(c.a), of(c.b)); got != c.want || similarity(of(c.b), of(c.a)) != got {
			t.Errorf("%q and %q: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

// FuzzTranscript: whatever a transcript holds, reading it ends, and what is wrong has a line.
func FuzzTranscript(t *testing.F) {
	f := fuzz.With(t)
	f.Add([]byte(`{"tidemark_probe":2,"run":"r"}` + "\n" + `{"domain":"d.example","lookups":[{"kind":"apex","host":"d.example","qtype":"A","response":"AAAA"}]}` + "\n" + `{"end":true,"domains":1}` + "\n"))
	f.Add([]byte(`{"tidemark_probe":2,"dns64":["64:ff9b::/96"]}` + "\n" + `{"domain":"d","connects":[{"qtype":"AAAA","address":"::1","http":{"status":200}}],"authority":[{"address":"1.2.3.4"}]}`))
	f.Add([]byte{0x1f, 0x8b, 8, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var r rowMaker
		readTranscript(strings.NewReader(string(b)), func(h header) error { r = newRows(h); return nil }, nil, func(_ int, d *domain) error {
			rows, bad := r.domain(d)
			if len(rows)+len(bad) < d.tests() {
				t.Errorf("%d tests became %d rows and %d errors", d.tests(), len(rows), len(bad))
			}
			return nil
		}, func(int, error) {})
	})
}

// TestLearnt: a web server in the prefix of an operator's name server is counted as that operator's, and no other is.
func TestLearnt(t *testing.T) {
	l := newLearnt()
	prefix := netip.MustParsePrefix
	for _, step := range []struct{ prefix, named, want string }{
		{"192.0.2.0/24", "", ""}, {"192.0.2.0/24", "dns.example", "dns.example"}, {"192.0.2.0/24", "", "dns.example"},
		{"192.0.2.0/24", "other.example", "other.example"}, {"192.0.2.0/24", "", "dns.example"}, {"198.51.100.0/24", "", ""},
	} {
		if got := l.operator(prefix(step.prefix), step.named); got != step.want {
			t.Errorf("%s, named %q: operator %q, want %q", step.prefix, step.named, got, step.want)
		}
	}
}

// TestRunName: a run of another installation is of the place under which it was imported.
func TestRunName(t *testing.T) {
	for _, c := range []struct{ vantage, run, want string }{
		{"", "probes/20240101T000000Z", "probes/20240101T000000Z"}, {"berlin", "probes/20240101T000000Z", "berlin/20240101T000000Z"}, {"berlin", "20240101T000000Z", "berlin/20240101T000000Z"},
	} {
		if got := runName(c.vantage, header{Run: c.run}); got != c.want {
			t.Errorf("%q, %q: %q, want %q", c.vantage, c.run, got, c.want)
		}
	}
}
