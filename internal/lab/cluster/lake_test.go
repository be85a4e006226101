package cluster

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/internal/cli"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/program"
	"tidemark/internal/testkit/s3"
)

func TestMain(m *testing.M) {
	os.Setenv("AWS_ACCESS_KEY_ID", s3.Key) // for all tests, which run side by side
	os.Setenv("AWS_SECRET_ACCESS_KEY", s3.Secret)
	program.Test(m, cli.Main)
}

// lake is a data folder, and the configuration that fills it.
type lake struct {
	*testing.T
	config, data string
}

// newLake fetches the sample into an archive, without decoding it.
func newLake(t *testing.T) lake {
	t.Helper()
	dir := t.TempDir()
	l := lake{t, filepath.Join(dir, "sample", "tidemark.toml"), filepath.Join(dir, "data")}
	if _, stderr, code := program.Run(t, cli.Main, "sample", filepath.Dir(l.config)); code != 0 {
		t.Fatalf("sample: exit code %d\n%s", code, stderr)
	}
	l.run(0, "collect", "--fetch-only")
	return l
}

// TestSample holds what is made of the sample in other ways against what one process makes.
func TestSample(t *testing.T) {
	t.Parallel()
	alone := newLake(t)
	alone.run(0, "collect")
	alone.run(0, "analyse")
	want := program.Hashes(t, alone.data)
	for name, test := range map[string]func(t *testing.T, alone lake, want map[string]string){
		"killed shards": testKilledShards, "bucket": testBucket, "shards of a bucket": testBucketShards,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, lake{t, alone.config, alone.data}, want)
		})
	}
}

// arguments are those of the program on this lake.
func (l lake) arguments(args ...string) []string {
	return append([]string{"-q", "-c", l.config, "-d", l.data}, args...)
}

// run runs the program in this process and wants an exit code.
func (l lake) run(want int, args ...string) (stdout string) {
	l.Helper()
	stdout, stderr, code := program.Run(l, cli.Main, l.arguments(args...)...)
	if code != want {
		l.Fatalf("%s: exit code %d, want %d\n%s", strings.Join(args, " "), code, want, stderr)
	}
	return stdout
}

// list returns the file of a list of units, and whether there are any.
func (l lake) list(does string) (units string, any bool) {
	l.Helper()
	units = filepath.Join(l.TempDir(), "units.ndjson")
	l.run(0, "work", "list", does, units)
	stat, err := os.Stat(units)
	if err != nil {
		l.Fatal(err)
	}
	return units, stat.Size() > 0
}

// vouched fails the test for each file of the datasets that is neither a partition with its manifest nor that manifest.
func (l lake) vouched() {
	l.Helper()
	root := filepath.Join(l.data, "datasets")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && strings.HasPrefix(d.Name(), ".") { // of the bucket's index
			return fs.SkipDir
		}
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		dir, name := filepath.Split(path)
		other := dir + "_" + strings.TrimSuffix(name, ".parquet") + ".json"
		if strings.HasPrefix(name, "_") {
			other = dir + strings.TrimSuffix(name[1:], ".json") + ".parquet"
		}
		if _, err := os.Stat(other); err != nil {
			l.Errorf("left is %s: %v", path, err)
		}
		return nil
	})
	if err != nil {
		l.Fatal(err)
	}
}

// smallConfig is a configuration over beginnings of real files, as collectors with two dumps each have them.
func smallConfig(t *testing.T, dumps int) string {
	t.Helper()
	var b strings.Builder
	source := func(kind, collector, file, more string) {
		fmt.Fprintf(&b, "[[source]]\nname = %q\nkind = %q\ncollector = %q\nurls = [\"file:%s\"]\n%s\n", collector+"."+filepath.Base(file), kind, collector, testkit.File(t, file), more)
	}
	for i := range dumps / 2 {
		for _, file := range []string{"ris-2000.rib.gz", "routeviews-2014.rib.bz2", "ris-2015.updates.gz"} {
			source("mrt", fmt.Sprint("c", i), "mrt/"+file, "")
		}
	}
	source("roas", "", "registry/roas-201801.json", `date = "2014-05-01"`)
	path := filepath.Join(t.TempDir(), "tidemark.toml")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// eventually waits until f returns true; patience is for a machine that is busy.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	const patience = 3 * time.Minute
	for begun := time.Now(); !f(); time.Sleep(100 * time.Millisecond) {
		if time.Since(begun) > patience {
			t.Fatalf("%s: still not after %v", what, patience)
		}
	}
}
