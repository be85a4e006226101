package attack

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tidemark/internal/cli"
	"tidemark/internal/testkit/program"
)

var (
	built = flag.String("program", "", "the built program; the test binary is used where it is not given")
	whole = flag.Bool("whole", false, "run every attack, not only the first of each kind")
)

func TestMain(m *testing.M) { program.Test(m, cli.Main) }

// attack is something hostile beside a healthy source.
type attack struct {
	name    string       // its kind, a slash, and what it does
	arrange func(*scene) // puts it into the scene
	rows    int64        // that its source must give; anyRows: unknown
	codes   []int        // exit codes that are right; none: done, or finished with problems
	named   string       // what the output must name, so that a person finds it
	truth   string       // what the output must have where the exit code is 0
	megas   int64        // of memory that the process may take; 0: maxMegas
}

const anyRows = -1

// The bounds of each process.
const (
	maxTime        = 2 * time.Minute  // it has deadlines of seconds; the rest is for machines with other work
	maxWork        = 20 * time.Second // of a processor
	maxMegas       = 512
	maxDisk        = 160 << 20 // of the data folder, at any time
	maxDescriptors = 96
)

// shown is how many attacks of each kind belong to the tests that are always run.
const shown = 1

// TestAttacks runs the program once for each attack, and prints what became of it.
func TestAttacks(t *testing.T) {
	all := slices.Concat(answers(), robots(), conversations(), listings(), encrypted(), resolvers(), stores(), transfers(), lakes(), publishers(), folders(), files(), places())
	count := map[string]int{}
	for _, a := range all {
		kind, _, _ := strings.Cut(a.name, "/")
		if count[kind]++; count[kind] > shown && !*whole {
			continue
		}
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			a.arrange(s)
			o := s.run()
			for _, harm := range o.harms(a, s) {
				t.Errorf("%s\n%s", harm, o.log)
			}
			fmt.Printf("attack %-66s exit %3d %6.1f s %6.1f s of work %4d MB\n", a.name, o.code, o.took.Seconds(), o.work.Seconds(), o.megas)
		})
	}
}

// outcome is what a process did.
type outcome struct {
	code  int
	took  time.Duration
	work  time.Duration // of a processor, for the program and for the system
	megas int64         // the most memory that it had
	disk  int64         // the most that its data folder had, in bytes
	hung  bool
	log   string
}

// run runs the program in the scene.
func (s *scene) run() (o outcome) {
	tidemark := program.Command().Path
	if *built != "" {
		tidemark = *built
	}
	limited := fmt.Sprintf(`ulimit -n %d; exec "$0" "$@"`, maxDescriptors)
	cmd := exec.Command("sh", append([]string{"-c", limited, tidemark}, s.args...)...)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.Dir = &log, &log, s.root
	cmd.Env = append(os.Environ(), append([]string{
		"HOME=" + filepath.Join(s.root, "home"), "TMPDIR=" + filepath.Join(s.root, "tmp"), "TIDEMARK_NOW=" + s.now.Format(time.RFC3339),
		"AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b",
	}, s.env...)...)
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	look, rounds := time.NewTicker(20*time.Millisecond), 0
	defer look.Stop()
	late := time.After(maxTime)
	for running := true; running; {
		select {
		case err := <-ended:
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				s.t.Fatal(err)
			}
			running = false
		case <-late:
			o.hung = true
			cmd.Process.Signal(syscall.SIGQUIT) // its stacks say where
			time.AfterFunc(2*time.Second, func() { cmd.Process.Kill() })
		case <-look.C:
			o.megas = max(o.megas, memory(cmd.Process.Pid))
			if rounds++; rounds%5 == 0 {
				o.disk = max(o.disk, s.size())
			}
		}
	}
	o.took, o.code = time.Since(begun), cmd.ProcessState.ExitCode()
	o.work = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	o.disk = max(o.disk, s.size())
	o.log = log.String()
	if len(o.log) > 4000 {
		o.log = o.log[:2000] + "\n…\n" + o.log[len(o.log)-2000:]
	}
	return o
}

var peak = regexp.MustCompile(`VmHWM:\s*(\d+) kB`)

// memory returns the most memory that a process had so far, in MB; 0 where the system does not say. The usage that the system reports at
// the end counts this process too, out of which that one was forked.
func memory(process int) int64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	if m := peak.FindSubmatch(status); m != nil {
		kB, _ := strconv.ParseInt(string(m[1]), 10, 64)
		return kB >> 10
	}
	return 0
}

var panics = regexp.MustCompile(`(?m)^(panic:|fatal error:|goroutine \d+ \[)|the program has a fault`)

// harms lists what should not have come of the attack.
func (o outcome) harms(a attack, s *scene) (harms []string) {
	add := func(is bool, format string, values ...any) {
		if is {
			harms = append(harms, fmt.Sprintf(format, values...))
		}
	}
	add(o.hung, "it hung for %s", maxTime)
	add(o.work > maxWork, "it worked for %s, want at most %s", o.work, maxWork)
	add(panics.MatchString(o.log), "it panicked")
	codes := a.codes
	if codes == nil {
		codes = []int{0, 3}
	}
	add(!slices.Contains(codes, o.code), "exit code %d, want one of %d", o.code, codes)
	add(!strings.Contains(o.log, a.named), "it does not name %s", a.named)
	add(o.code == 0 && !strings.Contains(o.log, a.truth), "it does not say %s", a.truth)
	megas := cmp.Or(a.megas, maxMegas)
	add(o.megas > megas, "%d MB of memory, want at most %d", o.megas, megas)
	add(o.disk > maxDisk, "%d bytes on the disk, want at most %d", o.disk, maxDisk)
	for path, was := range s.outside() {
		if is := s.before[path]; is != was {
			add(true, "outside of the data folder: %s is %q, was %q", path, was, is)
		}
	}
	if s.healthy {
		rows := s.rows("good", s.now)
		add(rows != goodRows, "the healthy source gave %d rows, want %d", rows, goodRows)
	}
	if rows := s.rows("evil", time.Time{}); a.rows != anyRows && rows != a.rows {
		add(true, "the hostile source gave %d rows, want %d", rows, a.rows)
	}
	if s.vouched {
		for _, name := range s.unvouched() {
			add(true, "%s is not what its note or manifest vouches for", name)
		}
	}
	if s.after != nil {
		harms = append(harms, s.after()...)
	}
	return harms
}
