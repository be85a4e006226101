package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tidemark/internal/cli"
	"tidemark/internal/testkit/program"
	"tidemark/internal/testkit/s3"
)

// inBucket adds to a configuration that archive and datasets are in a bucket, and as little as may be here.
func inBucket(t *testing.T, server *s3.Server, config string) string {
	t.Helper()
	b, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(filepath.Dir(config), "bucket.toml")
	storage := fmt.Sprintf("\n[storage]\narchive = %q\ndatasets = %q\ncache = \"50MB\"\nsmall = \"1B\"\nnewest = 0\n", server.Address("archive"), server.Address("datasets"))
	if err := os.WriteFile(path, append(b, storage...), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// stored returns the SHA-256 of each file of datasets in the bucket, by its path, without the index and what else is hidden.
func stored(t *testing.T, server *s3.Server) map[string]string {
	t.Helper()
	all := program.Hashes(t, server.Dir)
	maps.DeleteFunc(all, func(path, _ string) bool { return strings.Contains(path, "/.") })
	return all
}

// partitionsHere returns how many partitions lie in a data folder.
func partitionsHere(t *testing.T, data string) (n int) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(data, "datasets"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".parquet") {
			n++
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return n
}

// only returns the hashes of the files below a folder.
func only(all map[string]string, folder string) map[string]string {
	some := maps.Clone(all)
	maps.DeleteFunc(some, func(path, _ string) bool { return !strings.HasPrefix(path, folder+"/") })
	return some
}

// asked are verbs that read the datasets.
var asked = [][]string{
	{"sql", "--csv", "SELECT family, count(*), sum(prefix_length) FROM route_states GROUP BY ALL ORDER BY ALL"},
	{"sql", "--csv", "SELECT collector, sum(rows) FROM (SELECT collector, count(*) AS rows FROM peers GROUP BY ALL) GROUP BY ALL ORDER BY ALL"},
	{"sql", "--csv", "SELECT count(*) FROM routes"},
	{"datasets", "verify"},
	{"datasets", "ls", "--json"},
}

// testBucket lets a run keep its datasets in a bucket. Its answers and what every verb prints are those of a run with all
// datasets in its folder, and the bucket has the same files; also after the machine is lost.
func testBucket(t *testing.T, alone lake, want map[string]string) {
	server := s3.Start(t)
	l := newLake(t)
	l.config = inBucket(t, server, l.config)
	l.run(0, "run")
	if n := partitionsHere(t, l.data); n > 0 {
		t.Errorf("%d partitions are here after the run", n)
	}
	program.Same(t, "the bucket", stored(t, server), only(want, "datasets"))
	got := program.Hashes(t, l.data)
	program.Same(t, "answers", only(got, "answers"), only(want, "answers"))

	fresh := l
	fresh.data = filepath.Join(t.TempDir(), "fresh")
	for _, verb := range asked {
		expected := alone.run(0, verb...)
		if verb[1] == "ls" {
			expected = regexp.MustCompile(`,"only_in_storage":\d+`).ReplaceAllString(expected, "")
		}
		for _, one := range []lake{l, fresh} {
			answer := one.run(0, verb...)
			if verb[1] == "ls" {
				answer = regexp.MustCompile(`,\s*"only_in_storage": ?\d+`).ReplaceAllString(answer, "")
			}
			if answer != expected {
				t.Errorf("%s: %s\nwant %s", strings.Join(verb, " "), answer, expected)
			}
		}
	}
	os.RemoveAll(filepath.Join(l.data, "answers"))
	l.run(0, "analyse")
	program.Same(t, "answers of what is fetched", only(program.Hashes(t, l.data), "answers"), only(want, "answers"))
	if n := requests(t, l, "run"); n > 100 {
		t.Errorf("a run with nothing due sent %d requests", n)
	}
}

// requests runs a verb and returns how many requests to storage its log counts.
func requests(t *testing.T, l lake, verb ...string) int {
	t.Helper()
	_, log, code := program.Run(t, cli.Main, append([]string{"-c", l.config, "-d", l.data}, verb...)...)
	if code != 0 {
		t.Fatalf("%s: exit code %d\n%s", strings.Join(verb, " "), code, log)
	}
	found := regexp.MustCompile(`"msg":"storage","requests":(\d+)`).FindStringSubmatch(log)
	if found == nil {
		t.Fatalf("%s: no requests in the log\n%s", strings.Join(verb, " "), log)
	}
	n, _ := strconv.Atoi(found[1])
	t.Logf("%s: %d requests", strings.Join(verb, " "), n)
	return n
}

// testBucketShards has shards of workers, which have nothing but the bucket, decode, derive and compact the sample: each is started twice at once, some
// are killed, and so is the server. The bucket then has what one machine makes, and the workers' folders nothing.
func testBucketShards(t *testing.T, _ lake, want map[string]string) {
	server := s3.Start(t)
	l := newLake(t)
	l.config = inBucket(t, server, l.config)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	b := &bucketWork{lake: l, server: server, random: rand.New(rand.NewPCG(seed, 0))}
	for _, does := range []string{"decode", "derive", "compact"} {
		for wave := 0; ; wave++ {
			units, any := l.list(does)
			if !any {
				break
			}
			if wave > 20 {
				t.Fatalf("there is always more to %s", does)
			}
			b.do(units)
		}
	}
	program.Same(t, "the bucket", stored(t, server), only(want, "datasets"))
	if n := partitionsHere(t, l.data); n > 0 {
		t.Errorf("%d partitions are with the coordinator", n)
	}
	for _, worker := range b.folders {
		left, err := filepath.Glob(filepath.Join(worker, "state", "workers", "scratch", "*"))
		if err != nil || len(left) > 0 {
			t.Errorf("a worker left %v, %v", left, err)
		}
	}
	if b.killed == 0 {
		t.Error("no kill met a worker")
	}
	t.Logf("%d workers killed, %d times the server", b.killed, b.outages)
}

// bucketWork starts shards on machines of their own.
type bucketWork struct {
	lake
	server          *s3.Server
	random          *rand.Rand
	folders         []string
	killed, outages int
}

// do does a list: the first tries are killed, and in the midst of one the server.
func (b *bucketWork) do(units string) {
	b.Helper()
	var wait sync.WaitGroup
	var mu sync.Mutex
	down := make(chan struct{})
	for i := range 2 * shards {
		worker := b.lake
		worker.data = filepath.Join(b.TempDir(), "worker")
		b.folders = append(b.folders, worker.data)
		kills := b.random.IntN(2)
		after := time.Duration(b.random.Int64N(int64(2 * time.Second)))
		wait.Go(func() {
			for try := 0; try < 10; try++ {
				cmd := program.Command(worker.arguments("work", "do", units, "--shard", fmt.Sprintf("%d/%d", i%shards, shards))...)
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				if err := cmd.Start(); err != nil {
					b.Error(err)
					return
				}
				if try < kills {
					time.AfterFunc(after, func() { cmd.Process.Kill() })
				}
				err := cmd.Wait()
				if err == nil {
					return
				}
				var exit *exec.ExitError
				if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signaled() {
					mu.Lock()
					b.killed++
					mu.Unlock()
				} else if errors.As(err, &exit) && exit.ExitCode() == 1 {
					<-down // the server's end ends a try; the next begins when it is back
				} else {
					b.Errorf("shard %d: %v\n%s", i, err, &stderr)
					return
				}
			}
			b.Errorf("shard %d does not come to its end", i)
		})
	}
	time.Sleep(time.Duration(b.random.Int64N(int64(time.Second))))
	b.server.Kill()
	b.outages++
	b.server.Begin()
	close(down)
	wait.Wait()
	b.run(0, "work", "done", units)
}
