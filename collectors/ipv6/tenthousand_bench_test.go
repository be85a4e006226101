package ipv6_test

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tidemark/collectors/archive"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/program"
)

// mix is the states of a hundred websites, by how many have each: about what probes of popular sites find.
var mix = map[string]int{
	"plain": 40, "ready": 32, "none": 12, "alias": 4, "nullmx": 4, "partial": 2, "closed": 1, "linklocal": 1, "hang": 1, "noaddress": 1, "lame": 1, "missing": 1,
}

// mixed returns the states of a hundred domains, spread over them.
func mixed() []string {
	all := make([]string, 0, 100)
	for _, kind := range slices.Sorted(maps.Keys(mix)) {
		for range mix[kind] {
			all = append(all, kind)
		}
	}
	spread := make([]string, len(all))
	for i, kind := range all {
		spread[i*37%len(all)] = kind
	}
	return spread
}

// webServers is the number of addresses of each family that websites are spread over: an address is tested by one at a time.
const webServers = 200

// delegated starts a replica in which root, top-level domains and the domains have servers of their own, so that each step down is
// a referral.
func delegated(t testing.TB, domains, kinds []string) *replica {
	const top, tlds = "60.0.0.51", "60.0.0.52"
	r := newReplica(t)
	r.kinds = kinds
	web := []string{"60.0.0.80", "[2a0f::80]"}
	for k := range webServers {
		web = append(web, fmt.Sprintf("60.0.1.%d", k+1), fmt.Sprintf("[2a0f::1:%x]", k+1))
		sh(t, fmt.Sprintf("ip -6 neigh add 2a0e:dead::1:%x lladdr 02:00:00:00:00:01 nud permanent dev hole", k+1))
	}
	zones := map[string]*strings.Builder{}
	for i, d := range domains {
		tld := d[strings.LastIndexByte(d, '.')+1:]
		if zones[tld] == nil {
			zones[tld] = new(strings.Builder)
			zones[tld].WriteString("@ IN NS a.tlds.example.\n")
		}
		for _, c := range cases {
			if c.name != kinds[i%len(kinds)] || c.zone == "" {
				continue
			}
			k := (i+i/len(kinds))%webServers + 1
			text := strings.NewReplacer("60.0.0.80", fmt.Sprintf("60.0.1.%d", k), "2a0f::80", fmt.Sprintf("2a0f::1:%x", k), "2a0e:dead::1\n", fmt.Sprintf("2a0e:dead::1:%x\n", k)).Replace(c.zone)
			if own := fmt.Sprintf("%s%d.example", c.name, k); r.zones[own] == "" {
				r.zone(own, text)
			}
			r.zones[d] = r.zones[fmt.Sprintf("%s%d.example", c.name, k)]
			for line := range strings.Lines(c.zone) {
				if strings.HasPrefix(line, "@ IN NS") {
					zones[tld].WriteString(d + "." + line[1:])
				}
			}
		}
	}
	above, root := map[string]string{}, "a.tlds.example. IN A "+tlds+"\na.tlds.example. IN AAAA 2a0f::52\n"+root
	for tld, records := range zones {
		r.zone(tld, records.String())
		above[tld] = r.zones[tld]
		delete(r.zones, tld)
		root += tld + ". IN NS a.tlds.example.\n"
	}
	r.zone(".", root)
	highest := map[string]string{".": r.zones["."]}
	delete(r.zones, ".")
	r.nsd("nsd-root", highest, top, "2a0f::51")
	r.nsd("nsd-tld", above, tlds, "2a0f::52")
	r.nsd("nsd", r.zones, "60.0.0.53", "60.0.0.54", "2a0f::53", "2a0f::54")
	r.nsd("nsd-lame", nil, "2a0f::66")
	r.stops["unbound"] = r.unboundAt(resolverAt, top, "")
	r.pages(web...)
	return r
}

// tool is the program, whose phases are measured and killed.
type tool struct {
	b         *testing.B
	path      string
	env       []string
	config    string
	kilobytes int64 // the largest resident set of any phase
}

func newTool(b *testing.B, dir, config string) *tool {
	p := &tool{b: b, path: filepath.Join(dir, "tidemark"), config: file(b, filepath.Join(dir, "tidemark.toml"), config)}
	if out, err := exec.Command("go", "build", "-o", p.path, "tidemark/cmd/tidemark").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return p
}

func (p *tool) command(data string, verb ...string) *exec.Cmd {
	c := exec.Command(p.path, append(verb, "-c", p.config, "-d", data)...)
	c.Env = append(os.Environ(), p.env...)
	return c
}

// run runs a phase to its end, reports what it took, and returns its time.
func (p *tool) run(data string, verb ...string) time.Duration {
	p.b.Helper()
	c := p.command(data, verb...)
	start := time.Now()
	out, err := c.CombinedOutput()
	took := time.Since(start)
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 3) { // 3: something of the replica is to be reported
		p.b.Fatalf("%s: %v\n%s", verb[0], err, out)
	}
	used := c.ProcessState.SysUsage().(*syscall.Rusage)
	fmt.Printf("%s: %.1f s, %.1f CPU s, %d MB at most\n", verb[0], took.Seconds(), (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds(), used.Maxrss>>10)
	p.kilobytes = max(p.kilobytes, used.Maxrss)
	return took
}

// kill runs a phase and kills it at a moment.
func (p *tool) kill(data string, moment func(), verb ...string) {
	p.b.Helper()
	c := p.command(data, verb...)
	if err := c.Start(); err != nil {
		p.b.Fatal(err)
	}
	moment()
	c.Process.Kill()
	c.Wait()
	if !c.ProcessState.Sys().(syscall.WaitStatus).Signaled() {
		p.b.Errorf("%s had ended before it was killed", verb[0])
	}
}

// after returns a moment so long after the beginning of a phase.
func after(d time.Duration) func() { return func() { time.Sleep(d) } }

// begun returns the moment in which a folder has its first file. A phase that has ended has written one.
func begun(dir string) func() {
	return func() {
		for has := false; !has; time.Sleep(20 * time.Millisecond) {
			filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
				has = has || err == nil && !d.IsDir()
				return nil
			})
		}
	}
}

// phase runs a phase on data, and on killed after it was killed there when it began to write a folder, and compares what both left.
func (p *tool) phase(data, killed, folder string, verb ...string) time.Duration {
	p.b.Helper()
	took := p.run(data, verb...)
	p.kill(killed, begun(filepath.Join(killed, folder)), verb...)
	p.run(killed, verb...)
	program.Same(p.b, verb[0]+" after a kill", program.Hashes(p.b, killed), program.Hashes(p.b, data))
	return took
}

// bytesBelow returns the bytes of a file, or of the files below a folder.
func bytesBelow(t testing.TB, dir string) (bytes int64) {
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

// BenchmarkTenThousandDomains takes a real list from the probe to the site, in a replica with a mix of states, kills each phase once, and
// holds the verdicts against the states.
func BenchmarkTenThousandDomains(b *testing.B) {
	if !inNamespace(b, "nsd", "unbound", "nginx", "go") {
		return
	}
	limit := 10_000
	if text := os.Getenv("TIDEMARK_DOMAINS"); text != "" {
		fmt.Sscan(text, &limit)
	}
	names, list := trancoNames(b, limit)
	r := delegated(b, names, mixed())
	p := r.tool(b, fmt.Sprintf("domains = %q\nlist_title = \"Tranco's first ten thousand\"\nlist_owner = \"Tranco\"\nranked = true\nlimit = %d\n", list, limit))
	data, killed := filepath.Join(r.dir, "data"), filepath.Join(r.dir, "killed")
	for b.Loop() {
		probing := p.run(data, "collect")
		rows, _ := r.decoded(&archive.Archive{Dir: filepath.Join(data, "archive")})
		r.judge(rows, names, 0)
		tests := 0
		for _, row := range rows {
			tests += int(row.Attempts)
		}
		transcript := bytesBelow(b, filepath.Join(data, "archive", "ipv6-probes"))
		p.kill(killed, after(probing/2), "collect")
		p.run(killed, "collect")
		rows, _ = r.decoded(&archive.Archive{Dir: filepath.Join(killed, "archive")})
		r.judge(rows, names, 0)
		if err := errors.Join(os.RemoveAll(killed), os.CopyFS(killed, os.DirFS(data))); err != nil { // two probes differ in their times
			b.Fatal(err)
		}
		site := probing + p.phase(data, killed, "answers", "analyse") + p.phase(data, killed, "site-versions", "render")
		file, _ := transcriptOf(b, &archive.Archive{Dir: filepath.Join(data, "archive")})
		copied, again := filepath.Join(r.dir, "copied"), filepath.Join(r.dir, "copied-again")
		p.phase(copied, again, "datasets", "import", "ipv6-probes", "--collector", "replica", "--date", "2025-06-01", file)
		b.ReportMetric(float64(tests)/probing.Seconds(), "tests/s")
		b.ReportMetric(float64(transcript), "transcript-B")
		b.ReportMetric(float64(p.kilobytes>>10), "peak-MB")
		b.ReportMetric(site.Seconds(), "s-to-site")
	}
}

// tool returns the program with a configuration that probes the replica; list is the settings of the list.
func (r *replica) tool(b *testing.B, list string) *tool {
	p := newTool(b, r.dir, fmt.Sprintf(`contact = "test@example.net"
[[source]]
name = "iana-special"
kind = "special-prefixes"
collector = "iana"
urls = ["file:%s/iana-*-special-registry-1.csv"]
date = "2016-01-01"
[[source]]
name = "replica"
kind = "ipv6-probes"
resolver = %q
root_servers = ["2a0f::51"]
controls = ["control.example:443"]
rate = 20000
address_rate = 20000
prefix_rate = 20000
operator_rate = 20000
as_rate = 20000
`, filepath.Dir(testkit.Data(b, "iana/iana-ipv4-special-registry-1.csv")), resolverAt)+list)
	p.env = []string{"SSL_CERT_FILE=" + file(b, filepath.Join(r.dir, "ca.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.ca.Raw})))}
	return p
}

// BenchmarkCampaign takes the list of a government, as it is published, from the probe to the pages of its campaign and of each domain.
func BenchmarkCampaign(b *testing.B) {
	if !inNamespace(b, "nsd", "unbound", "nginx", "go") {
		return
	}
	const limit = 200
	list := testkit.Data(b, "domains/dotgov.current-federal.2026-08-22.csv.gz")
	f, err := os.Open(list)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		b.Fatal(err)
	}
	lines, err := csv.NewReader(z).ReadAll()
	if err != nil {
		b.Fatal(err)
	}
	var names []string
	for _, line := range lines[1 : limit+1] {
		names = append(names, strings.ToLower(line[0]))
	}
	r := delegated(b, names, mixed())
	p := r.tool(b, fmt.Sprintf("domains = %q\nlist_title = \"Federal domains\"\nlist_owner = \"CISA\"\ncountry = \"US\"\nsector = \"government\"\nlimit = %d\n", list, limit))
	data := filepath.Join(r.dir, "data")
	for b.Loop() {
		for _, verb := range []string{"collect", "analyse", "render"} {
			p.run(data, verb)
		}
	}
	pages, err := filepath.Glob(filepath.Join(data, "site", "campaigns", "*", "index.html"))
	if err != nil || len(pages) == 0 {
		b.Fatal("no page of a campaign", err)
	}
	page, err := os.ReadFile(pages[0])
	if err != nil {
		b.Fatal(err)
	}
	for _, want := range append(names, "Federal domains", "CISA") {
		if !strings.Contains(string(page), want) {
			b.Errorf("%s does not name %s", filepath.Base(pages[0]), want)
		}
	}
	for i, name := range names {
		page, err := os.ReadFile(filepath.Join(filepath.Dir(pages[0]), name+".html"))
		if err != nil {
			b.Fatal(err)
		}
		class, _, _ := strings.Cut(r.webOf(i), " ")
		if row := `<tr><th scope="row">web</th><td>` + class + `</td>`; !strings.Contains(string(page), row) {
			b.Errorf("%s: its page does not say that web is %s", name, class)
		}
	}
}
