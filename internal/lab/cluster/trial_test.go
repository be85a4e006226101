package cluster

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tidemark/internal/testkit/program"
	"tidemark/internal/testkit/s3"
)

// trial is a lake over an S3 server that the workers of an engine fill. Each shard is started twice at once, and tasks, workers, coordinators
// and the server are killed meanwhile.
type trial struct {
	lake
	server *s3.Server
	want   map[string]string // what one machine makes
	twins  string            // folder of what stands for the program
	random *rand.Rand
	left   kills
}

// kills are how often each is still to be killed.
type kills struct{ tasks, workers, coordinators, stores int }

// cluster is an engine.
type cluster interface {
	// submit starts the work, and returns a function that reports whether it has ended.
	submit(*trial) (ended func() bool)
	loseWorker(*trial)
	loseCoordinator(*trial)
}

const maxSubmits = 50

// newTrial fetches small dumps of several collectors: 8, or as many as TIDEMARK_DUMPS says. The more there are, the more is killed: with 200 it
// is 50 tasks, 10 workers, 5 times a coordinator and 5 times the server.
func newTrial(t *testing.T) *trial {
	t.Helper()
	dumps := 8
	if text := os.Getenv("TIDEMARK_DUMPS"); text != "" {
		var err error
		if dumps, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	server := s3.Start(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	one := &trial{
		lake: lake{t, smallConfig(t, dumps), filepath.Join(t.TempDir(), "data")}, server: server, random: rand.New(rand.NewPCG(seed, 0)),
		left: kills{tasks: max(3, dumps/4), workers: max(1, dumps/20), coordinators: max(1, dumps/40), stores: max(1, dumps/40)},
	}
	alone := one.lake
	alone.data = filepath.Join(t.TempDir(), "alone")
	alone.run(0, "run")
	one.want = program.Hashes(t, alone.data)
	one.config = inBucket(t, server, one.config)
	one.run(0, "collect", "--fetch-only")
	one.twins = one.twice()
	return one
}

// twiceScript stands for the program. What does units it starts twice at once, the second time as another machine, with a data folder of its own.
const twiceScript = `#!/bin/sh
program=%[1]s
case " $* " in
*" work do "*) ;;
*) exec "$program" "$@" ;;
esac
"$program" "$@" &
first=$!
for word; do
	shift
	[ "$word" != %[2]s ] || word=$word.other
	set -- "$@" "$word"
done
"$program" "$@"
second=$?
wait $first || exit
exit $second
`

// twice writes twiceScript and returns its folder.
func (t *trial) twice() string {
	t.Helper()
	name, err := exec.LookPath("tidemark")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tidemark"), fmt.Appendf(nil, twiceScript, name, t.data), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// drive has an engine do everything, as often as it takes.
func (t *trial) drive(engine cluster) {
	t.Helper()
	killed := t.left
	for n := 0; !published(t.lake); n++ {
		if n == maxSubmits {
			t.Fatal("the work does not come to its end")
		}
		for ended := engine.submit(t); !ended(); {
			t.strike(engine)
			time.Sleep(50*time.Millisecond + time.Duration(t.random.Int64N(int64(time.Duration(killed.tasks)*40*time.Millisecond))))
		}
	}
	if (t.left != kills{}) {
		t.Errorf("the work ended before all was killed that should have been: left are %+v of %+v", t.left, killed)
	}
	t.Logf("killed: %+v; requests: %v", killed, t.server.Requests())
	t.compare()
}

func published(l lake) bool {
	_, err := os.Stat(filepath.Join(l.data, "site", "index.html"))
	return err == nil
}

// strike kills something while tasks or a coordinator are at work.
func (t *trial) strike(engine cluster) {
	t.Helper()
	if coordinating := processes(t.lake, "list", "done"); len(coordinating) > 0 && t.left.coordinators > 0 && t.random.IntN(4) == 0 {
		if syscall.Kill(coordinating[0], syscall.SIGKILL) == nil {
			t.left.coordinators--
		}
		return
	}
	tasks := processes(t.lake, "do")
	all := t.left.tasks + t.left.workers + t.left.coordinators + t.left.stores
	if len(tasks) == 0 || all == 0 {
		return
	}
	switch n := t.random.IntN(all); {
	case n < t.left.tasks:
		if syscall.Kill(tasks[t.random.IntN(len(tasks))], syscall.SIGKILL) == nil {
			t.left.tasks--
		}
	case n < t.left.tasks+t.left.workers:
		engine.loseWorker(t)
		t.left.workers--
	case n < t.left.tasks+t.left.workers+t.left.coordinators:
		engine.loseCoordinator(t)
		t.left.coordinators--
	default:
		t.server.Kill()
		time.Sleep(time.Duration(t.random.Int64N(int64(time.Second))))
		t.server.Begin()
		t.left.stores--
	}
}

// processes returns the processes of a lake that are at one of the verbs of work.
func processes(l lake, verbs ...string) (pids []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		b, _ := os.ReadFile(file)
		line := string(b)
		if !strings.Contains(line, "\x00"+l.data) || strings.HasPrefix(line, "/bin/sh\x00") {
			continue
		}
		for _, verb := range verbs {
			if strings.Contains(line, "\x00work\x00"+verb+"\x00") {
				pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// compare holds everything against what one machine made.
func (t *trial) compare() {
	t.Helper()
	program.Same(t.T, "the bucket", stored(t.T, t.server), only(t.want, "datasets"))
	got := program.Hashes(t, t.data)
	for _, folder := range []string{"answers", "site"} {
		program.Same(t.T, folder, only(got, folder), only(t.want, folder))
	}
	lake{t.T, t.config, t.server.Dir}.vouched()
	for _, data := range []string{t.data, t.data + ".other"} {
		if n := partitionsHere(t.T, data); n > 0 {
			t.Errorf("%d partitions are in %s", n, data)
		}
	}
}
