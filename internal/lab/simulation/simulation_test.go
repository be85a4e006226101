package simulation

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tidemark/internal/lab/replica"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/program"
	"tidemark/pipeline/doctor"
)

var simulated = flag.Int("days", 0, "days that the simulation lives through (default: 5 where CI is set, else none)")

const faultShare = 0.2 // of the requests

// troubles are what befalls a day, besides the faults of requests.
type trouble int

const (
	none   trouble = iota
	killed         // the run, at a random moment
	full           // the disk, before the run or in it
	twice          // two runs are started at once
)

// simulation is a life on the replica of the archives.
type simulation struct {
	*testing.T
	clock   time.Time
	mu      sync.Mutex
	replica *replica.Replica
	config  string
	codes   map[string]int
}

func (s *simulation) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock
}

func (s *simulation) set(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock = now
}

func (s *simulation) command(data string, args ...string) *exec.Cmd {
	cmd := program.Command(append(args, "-c", s.config, "-d", data)...)
	cmd.Env = append(os.Environ(), "TIDEMARK_NOW="+s.now().Format(time.RFC3339))
	return cmd
}

// do runs a verb to its end.
func (s *simulation) do(data string, args ...string) (output string, code int) {
	s.Helper()
	cmd := s.command(data, args...)
	out, err := cmd.CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		s.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func (s *simulation) must(data string, args ...string) string {
	s.Helper()
	out, code := s.do(data, args...)
	if code != 0 {
		s.Fatalf("%v: exit code %d\n%s", args, code, out)
	}
	return out
}

// sources are four collectors, a table a day, and a registry.
var sources = []string{"route-views2", "route-views.linx", "rrc00", "rrc03", "iana"}

// TestSimulation lives a while in little time: daily runs on a replica of the archives, with faults on one request in
// five, runs that are killed, a disk that is full, and two runs at once. In the end every dump is there once, and datasets,
// answers and site are those of a life without faults, byte for byte. make simulate lives a year.
func TestSimulation(t *testing.T) {
	days := *simulated
	switch {
	case days > 0:
	case os.Getenv("CI") != "":
		days = 5
	default:
		t.Skip("the simulation takes a minute or more: make simulate runs it, or -args -days 5; where CI is set, 5 days are the default")
	}
	if replica.Nginx() == "" {
		testkit.Missing(t, "nginx is not installed")
	}
	begun := time.Now()
	first := time.Date(2024, 1, 1, 6, 0, 0, 0, time.UTC)
	s := &simulation{T: t, clock: first, codes: map[string]int{}}
	r, err := replica.Start(replica.Options{Dir: t.TempDir(), Shared: sharedFiles(t), Now: s.now, From: first.Truncate(24 * time.Hour), Hours: []int{0},
		Faults: faultShare, Seed: 8, Stall: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s.replica = r
	s.config = filepath.Join(t.TempDir(), "tidemark.toml")
	var config strings.Builder
	// No older versions of the answers: they tell of the days on which the site was made, which faults move.
	config.WriteString("[run]\npublish = \"monthly\"\n[site]\nruns = true\nversions = 0\n[fetch]\nstall = \"1s\"\nbackoff = \"5ms\"\nreserve = \"1kB\"\n")
	for _, source := range []struct{ name, url string }{
		{"route-views2", r.URL(replica.RouteViews) + "/route-views2/bgpdata/{yyyy}.{mm}/RIBS/rib.{yyyy}{mm}{dd}.0000.bz2"},
		{"route-views.linx", r.URL(replica.RouteViews) + "/route-views.linx/bgpdata/{yyyy}.{mm}/RIBS/rib.{yyyy}{mm}{dd}.0000.bz2"},
		{"rrc00", r.URL(replica.RIS) + "/rrc00/{yyyy}.{mm}/bview.{yyyy}{mm}{dd}.0000.gz"},
		{"rrc03", r.URL(replica.RIS) + "/rrc03/{yyyy}.{mm}/bview.{yyyy}{mm}{dd}.0000.gz"},
	} {
		fmt.Fprintf(&config, "[[source]]\nname = %q\nkind = \"mrt\"\ncollector = %[1]q\nurls = [%q]\nsince = %q\n", source.name, source.url, first.Format(time.DateOnly))
	}
	fmt.Fprintf(&config, "[[source]]\nname = \"iana\"\nkind = \"special-prefixes\"\ncollector = \"iana\"\nurls = [\"%[1]s/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry-1.csv\"]\n", r.URL(replica.IANA))
	if err := os.WriteFile(s.config, []byte(config.String()), 0o644); err != nil {
		t.Fatal(err)
	}

	data, disk := smallDisk(t)
	s.live(first, days, data, disk)
	last := s.now()

	// What faults left is brought without them.
	r.SetFaults(0)
	s.must(data, append([]string{"collect"}, sources...)...)
	s.must(data, "analyse")
	s.must(data, "render")
	counts := r.Counts()
	resent := r.Twice()

	// Nothing is due: only conditional requests, and quickly.
	r.Reset()
	s.must(data, "run")
	quiet := time.Now()
	out := s.must(data, "run")
	took := time.Since(quiet)
	if !strings.Contains(out, "nothing was due") {
		t.Errorf("a run after all had something to do:\n%s", out)
	}
	if asked := r.Counts(); asked.Full > 0 || asked.Changed > 0 {
		t.Errorf("a run with nothing due made requests without conditions: %+v", asked)
	}

	// The same life without any fault: a run on the first day, and one on the last that catches up.
	calm := filepath.Join(t.TempDir(), "calm")
	s.set(first)
	s.must(calm, "collect")
	s.set(last)
	s.must(calm, append([]string{"collect"}, sources...)...)
	s.must(calm, "analyse")
	if err := os.CopyFS(filepath.Join(calm, "state", "runs"), os.DirFS(filepath.Join(data, "state", "runs"))); err != nil { // what the status page tells
		t.Fatal(err)
	}
	s.must(calm, "render")

	got, want := program.Hashes(t, data), program.Hashes(t, calm)
	program.Same(t, "after the faults", got, want)
	if out, code := s.do(data, "datasets", "verify"); code != 0 {
		t.Errorf("verify: %s", out)
	}
	dumps := r.Dumps()
	kept := s.kept(data)
	if len(kept) != len(dumps) || len(dumps) != 4*days {
		t.Errorf("of %d dumps in %d days %d are kept", len(dumps), days, len(kept))
	}
	for _, dump := range dumps {
		if kept[path.Base(dump)+" "+collectorOfDump(dump)] != 1 {
			t.Errorf("%s is not kept once", dump)
		}
	}
	// What came whole and could not be kept, as the disk was full, comes again; so does what a kill meets between its place
	// and its note, which takes a few microseconds of a run. Nothing else does.
	if len(resent) > 1+4*s.codes["full"] {
		t.Errorf("fetched more than once: %v", resent)
	}
	t.Logf("exit codes of runs: %v", s.codes)
	t.Logf("requests: %d whole, %d not modified, %d partial, %d failed, %d bytes; faults: %v", counts.Full+counts.Changed, counts.NotModified, counts.Partial, counts.Failed, counts.Bytes, counts.Faults)
	t.Logf("%d dumps, each kept once; %d were sent whole again after a kill or a full disk; %d files of datasets, answers and site are the same as without faults", len(dumps), len(resent), len(want))
	t.Logf("a run with nothing due took %d ms; the whole took %s", took.Milliseconds(), time.Since(begun).Round(time.Second))
}

// live lives through the days.
func (s *simulation) live(first time.Time, days int, data string, disk *ballast) {
	chance := rand.New(rand.NewPCG(8, 365))
	// In a year 50 runs are killed, 5 meet a full disk, 20 days start two.
	plan := make([]trouble, days)
	counts := map[trouble]int{killed: max(1, days*50/365), full: max(1, days*5/365), twice: max(1, days*20/365)}
	for _, what := range []trouble{killed, full, twice} {
		for range counts[what] {
			for {
				// The first day sets out what "as of" the registry is; a run after the last would have to tell that it was killed.
				if day := 1 + chance.IntN(days-2); plan[day] == none {
					plan[day] = what
					break
				}
			}
		}
	}
	visitors := s.visit(data)
	whole, owed := 100*time.Millisecond, 0
	for day, what := range plan {
		s.set(first.AddDate(0, 0, day))
		begun := time.Now()
		if what == none && owed > 0 && day < days-1 { // a run that was to be killed had ended before
			what, owed = killed, owed-1
		}
		switch what {
		case none:
			out, code := s.do(data, "run")
			s.codes[fmt.Sprint(code)]++
			if code != 0 {
				s.Logf("day %3d: exit code %d: %s", day, code, firstError(out))
			}
			whole = (3*whole + min(time.Since(begun), 3*whole)) / 4 // not the few days that publish
			if code != 0 && code != partly {
				s.Errorf("day %d: exit code %d", day, code)
			}
		case killed:
			cmd := s.command(data, "run")
			if err := cmd.Start(); err != nil {
				s.Fatal(err)
			}
			early := chance.Float64() * chance.Float64() // days with little to do end early
			after := time.Duration(early * float64(whole))
			if chance.IntN(4) == 0 {
				after *= 4 // into answering and rendering, on a day that publishes
			}
			time.Sleep(after)
			cmd.Process.Signal(syscall.SIGKILL)
			cmd.Wait()
			if cmd.ProcessState.Exited() {
				s.codes["ended before the kill"]++
				owed++
				whole = min(whole, after) // runs are shorter than was thought
			} else {
				s.codes["killed"]++
			}
			s.Logf("day %3d: killed after %4d ms: %s", day, after.Milliseconds(), cmd.ProcessState)
		case full:
			left := chance.Int64N(200 << 10)
			if !disk.fill(s.T, left) {
				s.Logf("day %3d: the disk would be full, but only root can mount a small one", day)
				continue
			}
			out, code := s.do(data, "run")
			disk.free(s.T)
			s.codes["full"]++
			s.codes[fmt.Sprintf("%d with a full disk", code)]++
			s.Logf("day %3d: %3d kB left on the disk: exit code %d; %s", day, left>>10, code, firstError(out))
			if code != failed && code != partly && code != 0 {
				s.Errorf("day %d, disk full: exit code %d\n%s", day, code, out)
			}
		case twice:
			one, two := s.command(data, "run"), s.command(data, "run")
			if err := errors.Join(one.Start(), two.Start()); err != nil {
				s.Fatal(err)
			}
			one.Wait()
			two.Wait()
			codes := []int{one.ProcessState.ExitCode(), two.ProcessState.ExitCode()}
			slices.Sort(codes)
			s.codes[fmt.Sprint(codes)]++
			s.Logf("day %3d: two at once: exit codes %v", day, codes)
			if codes[0] != 0 && codes[0] != partly || codes[1] != locked && codes[1] != 0 && codes[1] != partly {
				s.Errorf("day %d, two at once: exit codes %v", day, codes)
			}
		}
	}
	s.Log(visitors())
}

// visit looks at the published site all the while: a visit reads the list of check sums and some of the files.
func (s *simulation) visit(data string) (end func() string) {
	done := make(chan struct{})
	var visits, absent int
	var all sync.WaitGroup
	all.Go(func() {
		chance := rand.New(rand.NewPCG(1, 1))
		for ; ; time.Sleep(20 * time.Millisecond) {
			select {
			case <-done:
				return
			default:
			}
			root, err := os.OpenRoot(filepath.Join(data, "site"))
			if err != nil {
				if visits > 0 {
					absent++
				}
				continue
			}
			visits++
			sums, err := root.ReadFile("SHA256SUMS")
			if err != nil {
				s.Errorf("a visitor: %v", err)
			}
			for line := range strings.Lines(string(sums)) {
				sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
				if chance.IntN(50) > 0 {
					continue
				}
				b, err := root.ReadFile(filepath.FromSlash(name))
				if is := sha256.Sum256(b); err != nil && !errors.Is(err, fs.ErrNotExist) || err == nil && hex.EncodeToString(is[:]) != sum {
					s.Errorf("a visitor sees %s of another version: %v", name, err)
				} else if err != nil {
					break // two versions went by since the visit began
				}
			}
			root.Close()
		}
	})
	return func() string {
		close(done)
		all.Wait()
		if absent > 0 {
			s.Errorf("the site was not there for %d of %d visits", absent, visits)
		}
		return fmt.Sprintf("%d visits of the site while it was published: none saw two versions", visits)
	}
}

// kept counts the dumps of the archive by name and collector.
func (s *simulation) kept(data string) map[string]int {
	kept := map[string]int{}
	err := filepath.WalkDir(filepath.Join(data, "archive", "mrt"), func(file string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasSuffix(file, ".meta.json") {
			kept[d.Name()+" "+filepath.Base(filepath.Dir(filepath.Dir(file)))]++
		}
		return err
	})
	if err != nil {
		s.Fatal(err)
	}
	return kept
}

// collectorOfDump reads the collector off a URL without its scheme: the folder below the host.
func collectorOfDump(dump string) string { return strings.Split(dump, "/")[1] }

// firstError is what a run reported first.
func firstError(out string) string {
	for line := range strings.Lines(out) {
		var entry struct{ Level, Msg, Error string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Level == "ERROR" {
			return strings.ReplaceAll(entry.Msg+": "+entry.Error, "\n", "; ")
		}
	}
	return strings.TrimSpace(out)
}

// sharedFiles are the registry files that the replica publishes.
func sharedFiles(t *testing.T) string {
	dir := t.TempDir()
	name := filepath.Join(dir, "iana", "iana-ipv4-special-registry-1.csv")
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	const registry = "Address Block,Name,RFC,Allocation Date,Termination Date,Source,Destination,Forwardable,Globally Reachable,Reserved-by-Protocol\n" +
		"60.0.1.0/24,A Block of the Model,[RFC6890],2000-01,N/A,False,False,False,False,True\n"
	if err := os.WriteFile(name, []byte(registry), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// ballast fills a small disk.
type ballast struct{ dir string }

// smallDisk mounts a file system for the data, where the user may; else the data lie in an ordinary folder, and no disk is full.
func smallDisk(t *testing.T) (data string, disk *ballast) {
	dir := t.TempDir()
	if err := mountSmall(dir); err != nil {
		t.Logf("no small disk: %v", err)
		return dir, nil
	}
	t.Cleanup(func() {
		if err := unmount(dir); err != nil {
			t.Error(err)
		}
	})
	return filepath.Join(dir, "data"), &ballast{dir}
}

// fill leaves so many bytes.
func (b *ballast) fill(t *testing.T, left int64) bool {
	if b == nil {
		return false
	}
	free, err := doctor.DiskOf(b.dir)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(b.dir, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	chunk := make([]byte, 64<<10)
	for rest := free.FreeBytes - left; rest > 0; rest -= int64(len(chunk)) {
		if _, err := f.Write(chunk[:min(rest, int64(len(chunk)))]); err != nil {
			break
		}
	}
	return true
}

func (b *ballast) free(t *testing.T) {
	if err := os.Remove(filepath.Join(b.dir, "ballast")); err != nil {
		t.Fatal(err)
	}
}
