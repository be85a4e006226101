package ipv6_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tidemark/collectors/archive"
	"tidemark/collectors/ipv6"
	"tidemark/datasets"
	"tidemark/internal/lab/sample"
	"tidemark/internal/testkit"
)

// kinds are the cases to which the zones of a long list belong, in turn.
var kinds = []string{"ready", "none", "closed", "linklocal", "ready", "none"}

// crowd starts a replica for domains: name servers, resolver and web servers, without mail servers.
func crowd(t *testing.T, domains []string) *replica {
	r := newReplica(t)
	r.zone(".", root)
	r.crowd(domains, kinds)
	r.stops["nsd"] = r.nsd("nsd", r.zones, "60.0.0.53", "60.0.0.54", "2a0f::53", "2a0f::54")
	r.unbound("")
	r.pages("60.0.0.80", "[2a0f::80]")
	return r
}

// crowd gives domains the zones of cases in turn.
func (r *replica) crowd(domains, kinds []string) {
	r.kinds = kinds
	for _, c := range cases {
		if slices.Contains(kinds, c.name) && c.zone != "" {
			r.zone(c.name+".example", c.zone)
		}
	}
	for i, d := range domains {
		if file := r.zones[kinds[i%len(kinds)]+".example"]; file != "" {
			r.zones[d] = file
		}
	}
}

// webOf returns what the web service of domain i of a crowd comes to.
func (r *replica) webOf(i int) string {
	kind := r.kinds[i%len(r.kinds)]
	for _, c := range cases {
		if c.name == kind {
			return c.web
		}
	}
	r.t.Fatalf("no case is called %s", kind)
	return ""
}

// pages starts a web server for all names at addresses.
func (r *replica) pages(addresses ...string) {
	cert := r.certificate("any", time.Now().Add(time.Hour), "control.example")
	var listen strings.Builder
	for _, a := range addresses {
		fmt.Fprintf(&listen, "listen %s:80; listen %[1]s:443 ssl;\n", a)
	}
	r.nginx(fmt.Sprintf("server { %s server_name _;\nssl_certificate %s.pem; ssl_certificate_key %[2]s.key;\nlocation / { return 200 \"<title>$host</title>\"; } }", listen.String(), cert))
	eventually(r.t, "nginx answers", func() bool {
		c, err := net.Dial("tcp", "60.0.0.80:443")
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

func crowdNames(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("n%04d.example", i))
	}
	return names
}

// judge checks the class of each domain; a domain may be unknown if that is allowed, and never none, broken or anything
// else that it is not.
func (r *replica) judge(rows []datasets.IPv6Probe, domains []string, mayBeUnknown int) {
	r.t.Helper()
	byDomain := map[string][]datasets.IPv6Probe{}
	for _, p := range rows {
		byDomain[p.Domain] = append(byDomain[p.Domain], p)
	}
	unknown := 0
	for i, d := range domains {
		want := r.webOf(i)
		got := classes(byDomain[d], d)["web"]
		switch {
		case got == want:
		case strings.HasPrefix(got, "unknown"):
			unknown++
		default:
			r.t.Errorf("%s: web is %q, want %q", d, got, want)
		}
	}
	if unknown > mayBeUnknown {
		r.t.Errorf("%d of %d domains are unknown", unknown, len(domains))
	}
}

// lossy loses a part of the datagrams of a connection, in both directions.
type lossy struct {
	net.Conn
	lost *atomic.Int64
}

func (l lossy) Write(b []byte) (int, error) {
	if rand.IntN(10) == 0 {
		l.lost.Add(1)
		return len(b), nil
	}
	return l.Conn.Write(b)
}

func (l lossy) Read(b []byte) (int, error) {
	for {
		n, err := l.Conn.Read(b)
		if err != nil || rand.IntN(10) > 0 {
			return n, err
		}
		l.lost.Add(1)
	}
}

// TestResilience loses network and resolver in mid-run and a tenth of the datagrams: nothing becomes none that is not, no
// run hangs, and what was cut off goes on.
func TestResilience(t *testing.T) {
	if !inNamespace(t, "nsd", "unbound", "nginx") {
		return
	}
	names := crowdNames(200)
	r := crowd(t, names)
	from := r.source(names...)
	settings(from).SMTP = false

	t.Run("network", func(t *testing.T) {
		n := r.network()
		n.Patience, n.Retry = 30*time.Second, 2*time.Second // three attempts outlast the cut
		var once sync.Once
		cut := from
		cut.Runtime.Progress = func(done, all int) {
			if done >= 100 {
				once.Do(func() {
					sh(t, "ip link set lo down")
					time.AfterFunc(3*time.Second, func() {
						sh(t, "ip link set lo up\nip route replace local 60.0.0.0/8 dev lo\nip -6 route replace local 2a0f::/16 dev lo\nip -6 addr replace 2a0f::1/128 dev lo nodad\nip addr replace 60.0.0.1/32 dev lo")
					})
				})
			}
		}
		rows, _ := r.probeRows(cut, n)
		r.judge(rows, names, 60) // unbound remembers for a while whom it did not reach
	})
	t.Run("resolver", func(t *testing.T) {
		keep := &archive.Archive{Dir: t.TempDir()}
		var once sync.Once
		cut := from
		cut.Runtime.Progress = func(done, all int) {
			if done >= 130 {
				once.Do(r.stops["unbound"])
			}
		}
		n := r.network()
		n.Timeout, n.Patience = 250*time.Millisecond, time.Second
		err := ipv6.Probe(context.Background(), cut, today, keep, n)
		if err == nil || !strings.Contains(err.Error(), "the next run continues from there") {
			t.Fatalf("a dead resolver: %v", err)
		}
		if raws, err := keep.List(""); err != nil || len(raws) > 0 {
			t.Fatal("a half run is in the archive", raws, err)
		}
		if err := ipv6.Probe(context.Background(), from, today, keep, n); err == nil || !strings.Contains(err.Error(), "does not answer") && !strings.Contains(err.Error(), "no network") {
			t.Fatalf("the resolver is still dead: %v", err)
		}
		if err := keep.Sweep(); err != nil {
			t.Fatal(err)
		}
		r.unbound("")
		begun := -1
		again := from
		again.Runtime.Progress = func(done, all int) {
			if begun < 0 {
				begun = done
			}
		}
		if err := ipv6.Probe(context.Background(), again, today, keep, n); err != nil {
			t.Fatal(err)
		}
		if begun < 40 {
			t.Errorf("the run did not go on but began with domain %d", begun)
		}
		rows, _ := r.decoded(keep)
		r.judge(rows, names, 0)
	})
	t.Run("rubbish", func(t *testing.T) {
		conn, err := net.ListenPacket("udp", "127.0.0.1:5399")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		go func() {
			b := make([]byte, 4096)
			for {
				n, to, err := conn.ReadFrom(b)
				if err != nil {
					return
				}
				for i := 2; i < n; i++ { // the ID is right
					b[i] = byte(rand.Uint32())
				}
				conn.WriteTo(b[:n], to)
			}
		}()
		keep := &archive.Archive{Dir: t.TempDir()}
		n := r.network()
		n.Resolver, n.Timeout = conn.LocalAddr().String(), 250*time.Millisecond
		if err := ipv6.Probe(context.Background(), from, today, keep, n); err == nil {
			t.Error("a resolver that talks rubbish was believed")
		}
		if raws, _ := keep.List(""); len(raws) > 0 {
			t.Error("a transcript of rubbish")
		}
	})
	t.Run("loss", func(t *testing.T) {
		n := r.network()
		var lost atomic.Int64
		dial := n.Dial
		n.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dial(ctx, network, address)
			if err == nil && strings.HasPrefix(network, "udp") {
				c = lossy{c, &lost}
			}
			return c, err
		}
		some := r.source(names[:120]...)
		settings(some).SMTP = false
		rows, _ := r.probeRows(some, n)
		if lost.Load() < 100 {
			t.Errorf("only %d datagrams were lost", lost.Load())
		}
		r.judge(rows, names[:120], 2)
	})
}

// TestKilledProbes cuts a journal at many places, as a kill does: the run that goes on from there ends in the same rows.
func TestKilledProbes(t *testing.T) {
	dir := t.TempDir()
	if err := sample.Write(dir); err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile(filepath.Join(dir, "domains.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 { // so many that some are left at the last cut, so few that a batch is written before the first
		list = fmt.Appendf(list, "%d,nobody%03d.example\n", 1_000_000+i, i)
	}
	from := sampleSource(file(t, filepath.Join(dir, "long.csv"), string(list)))
	model := sample.Probes()
	probe := func(keep *archive.Archive, stop func(done int, cancel func())) error {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		f := from
		f.Runtime.Progress = func(done, _ int) { stop(done, cancel) }
		return model.Run(ctx, model.Days[0], func(n ipv6.Network) error { return ipv6.Probe(ctx, f, model.Days[0], keep, n) })
	}
	rowsOf := func(keep *archive.Archive) []datasets.IPv6Probe {
		raws, err := keep.List("")
		if err != nil || len(raws) != 1 {
			t.Fatal(raws, err)
		}
		rows, m, err := decode(t, ipv6.Probes{Sample: model}, raws[0])
		if err != nil || len(m.Damage) > 0 {
			t.Fatal(err, m.Damage)
		}
		return rows
	}
	whole := &archive.Archive{Dir: t.TempDir()}
	if err := probe(whole, func(int, func()) {}); err != nil {
		t.Fatal(err)
	}
	want := rowsOf(whole)
	for _, cut := range []struct{ at, tail int }{{150, 0}, {190, 1}, {190, 700}, {199, 3000}} {
		keep := &archive.Archive{Dir: t.TempDir()}
		if err := probe(keep, func(done int, cancel func()) {
			if done >= cut.at {
				cancel()
			}
		}); err == nil {
			t.Fatalf("the run was not cut at %d", cut.at)
		}
		journal := keep.Unfinished(archive.Raw{Kind: "ipv6-probes", Collector: "probes", Day: model.Days[0], Name: "probe.jsonl.gz"})
		stat, err := os.Stat(journal)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(journal, stat.Size()-int64(cut.tail)); err != nil {
			t.Fatal(err)
		}
		if err := keep.Sweep(); err != nil {
			t.Fatal(err)
		}
		begun := -1
		if err := probe(keep, func(done int, _ func()) {
			if begun < 0 {
				begun = done
			}
		}); err != nil {
			t.Fatal(err)
		}
		if cut.tail == 0 && begun == 0 {
			t.Error("it began anew")
		}
		got := rowsOf(keep)
		if len(got) != len(want) {
			t.Fatalf("cut at %d and %d bytes: %d rows, whole: %d", cut.at, cut.tail, len(got), len(want))
		}
		for i := range got {
			if a, b := asJSON(t, got[i]), asJSON(t, want[i]); a != b {
				t.Fatalf("cut at %d: row %d is\n%s, whole:\n%s", cut.at, i, a, b)
			}
		}
		if _, err := os.Stat(journal); err == nil {
			t.Error("the journal is still there")
		}
	}
}

// TestSameTranscript: two runs on the model give the same bytes, though zones that domains share are asked in the name of whichever comes
// first.
func TestSameTranscript(t *testing.T) {
	dir := t.TempDir()
	if err := sample.Write(dir); err != nil {
		t.Fatal(err)
	}
	from, model := sampleSource(filepath.Join(dir, "domains.csv")), sample.Probes()
	var first []byte
	for range 3 {
		keep := &archive.Archive{Dir: t.TempDir()}
		if err := model.Run(t.Context(), model.Days[2], func(n ipv6.Network) error {
			return ipv6.Probe(t.Context(), from, model.Days[2], keep, n)
		}); err != nil {
			t.Fatal(err)
		}
		raws, err := keep.List("")
		if err != nil || len(raws) != 1 {
			t.Fatal(raws, err)
		}
		in, err := raws[0].Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		in.Close()
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = text
		}
		if !bytes.Contains(text, []byte(`"walked":[{`)) {
			t.Fatal("the transcript has no exchanges with name servers")
		}
		if !bytes.Equal(text, first) {
			t.Fatal("two transcripts of the same model differ")
		}
	}
}

// asJSON shows a row with what its pointers lead to.
func asJSON(t *testing.T, row datasets.IPv6Probe) string {
	t.Helper()
	text, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestStopFile: a run ends cleanly when the file appears, with what was found, and does not begin while it is there.
func TestStopFile(t *testing.T) {
	dir := t.TempDir()
	if err := sample.Write(dir); err != nil {
		t.Fatal(err)
	}
	var list []byte
	for i := range 400 {
		list = fmt.Appendf(list, "%d,nobody%03d.example\n", i+1, i)
	}
	from := sampleSource(file(t, filepath.Join(dir, "long.csv"), string(list)))
	settings(from).Rate = 100 // 120 at a time
	settings(from).StopFile = filepath.Join(dir, "stop")
	model := sample.Probes()
	keep := &archive.Archive{Dir: t.TempDir()}
	probe := func() error {
		return model.Run(context.Background(), model.Days[0], func(n ipv6.Network) error {
			return ipv6.Probe(context.Background(), from, model.Days[0], keep, n)
		})
	}
	from.Runtime.Progress = func(done, _ int) {
		if done >= 10 {
			os.WriteFile(settings(from).StopFile, nil, 0o644)
		}
	}
	if err := probe(); err != nil {
		t.Fatal(err)
	}
	raws, err := keep.List("")
	if err != nil || len(raws) != 1 {
		t.Fatal(raws, err)
	}
	rows, m, err := decode(t, ipv6.Probes{Sample: model}, raws[0])
	if err != nil || len(m.Damage) > 0 {
		t.Fatal(err, m.Damage)
	}
	domains := map[string]bool{}
	for _, p := range rows {
		domains[p.Domain] = true
	}
	delete(domains, "") // of the controls
	if len(domains) < 10 || len(domains) > 200 {
		t.Errorf("%d domains were probed", len(domains))
	}
	if err := probe(); err == nil || !strings.Contains(err.Error(), "remove it to probe again") {
		t.Errorf("with the stop file there: %v", err)
	}
}

// trancoNames returns the head of a real list, and its file.
func trancoNames(t testing.TB, limit int) (names []string, path string) {
	path = testkit.Data(t, "domains/tranco-top10k.2025-06.csv")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, line := range lines[1:] {
		if name := strings.ToLower(line[0]); !seen[name] && len(names) < limit {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names, path
}

// TestTranco probes the head of a real list in a replica, to the classes. BenchmarkTenThousandDomains probes all of it.
func TestTranco(t *testing.T) {
	if !inNamespace(t, "nsd", "unbound", "nginx") {
		return
	}
	names, path := trancoNames(t, 120)
	r := crowd(t, names)
	from := r.source()
	settings(from).Domains, settings(from).Limit, settings(from).SMTP = path, len(names), false
	n := r.network()
	n.Timeout = 5 * time.Second
	rows, _ := r.probeRows(from, n)
	r.judge(rows, names, 0)
}

// TestRate: a run keeps the rate that it was given, and in hardly any second no test begins, though a domain in ten has
// nothing but servers that are silent over IPv6.
func TestRate(t *testing.T) {
	if !inNamespace(t, "nsd", "unbound", "nginx") {
		return
	}
	const rate = 250
	size := 120
	if text := os.Getenv("TIDEMARK_DOMAINS"); text != "" {
		fmt.Sscan(text, &size)
	}
	names := crowdNames(size)
	r := crowd(t, names)
	for i := range size / 10 { // in the first part of the list, or the end of the run would be spent waiting for them
		zone := fmt.Sprintf("hang%d.example", i)
		r.zone(zone, good+four+fmt.Sprintf("@ IN AAAA 2a0e:dead::1:%x\n", i))
		r.zones[names[i]] = r.zones[zone]
		sh(t, fmt.Sprintf("ip -6 neigh add 2a0e:dead::1:%x lladdr 02:00:00:00:00:01 nud permanent dev hole", i))
	}
	r.stops["nsd"]()
	r.nsd("nsd", r.zones, "60.0.0.53", "60.0.0.54", "2a0f::53", "2a0f::54")
	from := r.source(names...)
	settings(from).SMTP, settings(from).Rate = false, rate
	var log bytes.Buffer
	from.Runtime.Log = slog.New(slog.NewTextHandler(&log, nil))
	start := time.Now()
	n := r.network()
	n.Timeout = 1500 * time.Millisecond
	rows, _ := r.probeRows(from, n)
	took := time.Since(start)
	var begun []time.Time
	for _, p := range rows {
		begun = append(begun, p.StartedAt)
	}
	slices.SortFunc(begun, time.Time.Compare)
	var idle int
	if _, text, ok := strings.Cut(log.String(), "idle_seconds="); !ok {
		t.Fatalf("the run does not say how long it was idle: %s", log.String())
	} else if _, err := fmt.Sscan(text, &idle); err != nil {
		t.Fatal(err)
	}
	most := len(begun) * 3 / 4 // a short list ends with waiting for the slowest
	perSecond := float64(most) / begun[most].Sub(begun[0]).Seconds()
	t.Logf("%d tests in %v, the first %d of them %.0f a second of %d; %d idle seconds", len(begun), took, most, perSecond, rate, idle)
	if perSecond < 0.8*rate || idle > max(1, int(took.Seconds())/50) {
		t.Errorf("%.0f tests a second, want %d; %d of %.0f seconds without a test, want a fiftieth at most", perSecond, rate, idle, took.Seconds())
	}
}
