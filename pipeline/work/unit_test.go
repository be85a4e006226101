package work_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tidemark/datasets/table"
	"tidemark/internal/testkit/fuzz"
	"tidemark/pipeline/work"
)

const program = "tidemark 1"

var sum = strings.Repeat("0a", 32)

// list is a list of units of many sizes.
func list() (units []work.Unit) {
	for i := range 40 {
		units = append(units, work.Unit{Does: work.Decode, Program: program, Inputs: []table.Input{
			{Name: fmt.Sprintf("mrt/rrc00/2024-01-01/rib<%02d>.gz", i), URL: "https://example.net/?a&b", SHA256: sum, Bytes: int64(i % 7 * 1000), With: "entries"}}})
		units = append(units, work.Unit{Does: work.Derive, Makes: fmt.Sprintf("route_states/v1/year=2024/month=01/day=01/%02d.parquet", i), Program: program,
			Inputs: []table.Input{{Name: "routes/v1/a.parquet", SHA256: sum, Bytes: 5, Absent: true}, {Name: "routes/v1/b.parquet", SHA256: sum}}})
	}
	return units
}

// TestList: the order does not depend on how the units came, what is written is read again, and the shards are the list, each unit once.
func TestList(t *testing.T) {
	want := list()
	work.Sort(want)
	if !slices.IsSortedFunc(want, func(a, b work.Unit) int { return int(b.Bytes() - a.Bytes()) }) {
		t.Error("the largest units are not the first")
	}
	shuffled := list()
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	work.Sort(shuffled)
	if !reflect.DeepEqual(shuffled, want) {
		t.Error("the order depends on how the units came")
	}
	var file bytes.Buffer
	if err := work.Write(&file, want); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(file.String(), "\n"); lines != len(want) {
		t.Errorf("%d lines, want %d", lines, len(want))
	}
	for _, n := range []int{1, 3, 16, 1000} {
		got := make([]work.Unit, len(want))
		for i := range n {
			of, err := work.ParseShard(fmt.Sprintf("%d/%d", i, n))
			if err != nil {
				t.Fatal(err)
			}
			units, all, err := work.Read(bytes.NewReader(file.Bytes()), program, of)
			if err != nil || all != len(want) {
				t.Fatalf("shard %s: %d units, %v", of, all, err)
			}
			for j, u := range units {
				got[i+j*n] = u
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%d shards are not the list", n)
		}
	}
}

// TestHostileList: what no list has is refused, with its line.
func TestHostileList(t *testing.T) {
	input := func(name, sum string, bytes int) string {
		return fmt.Sprintf(`{"name":%q,"sha256":%q,"bytes":%d}`, name, sum, bytes)
	}
	decode := func(inputs string) string {
		return `{"does":"decode","program":"tidemark 1","inputs":[` + inputs + "]}\n"
	}
	derive := func(makes string) string {
		return `{"does":"derive","makes":"` + makes + `","program":"tidemark 1","inputs":[` + input("routes/a.parquet", sum, 1) + "]}\n"
	}
	good := decode(input("mrt/a", sum, 1))
	for _, c := range []struct{ name, list, want string }{
		{"nothing", "", ""},
		{"good", good + good, ""},
		{"outside", good + decode(input("../../etc/passwd", sum, 1)), "line 2: its input"},
		{"absolute", decode(input("/etc/passwd", sum, 1)), "not a file of the data folder"},
		{"roundabout", decode(input("mrt/../mrt/a", sum, 1)), "not a file of the data folder"},
		{"the folder", decode(input(".", sum, 1)), "not a file of the data folder"},
		{"no name", decode(input("", sum, 1)), "not a file of the data folder"},
		{"partition outside", derive("../x.parquet"), "not a partition"},
		{"no partition", derive("routes/a.json"), "not a partition"},
		{"derives nothing", derive(""), "does not go with derive"},
		{"short hash", decode(input("mrt/a", "0a", 1)), "lacks size or SHA-256"},
		{"no hash", decode(input("mrt/a", strings.Repeat("xx", 32), 1)), "lacks size or SHA-256"},
		{"negative", decode(input("mrt/a", sum, -1)), "lacks size or SHA-256"},
		{"no inputs", decode(""), "no inputs"},
		{"other work", strings.Replace(good, "decode", "delete", 1), `does "delete"`},
		{"other program", strings.Replace(good, "tidemark 1", "tidemark 2", 1), "list again with the program"},
		{"unknown field", strings.Replace(good, "does", "shell", 1), "not a unit"},
		{"two on a line", strings.TrimSpace(good) + good, "something follows it"},
		{"cut off", good + strings.TrimSpace(good), "line 2: the line is cut off"},
		{"torn", good[:40] + "\n", "line 1: not a unit"},
		{"text", "units\n", "not a unit"},
		{"endless line", strings.Repeat("x", 64<<20+1), "longer than"},
		{"absurd number", strings.Replace(good, `"bytes":1`, `"bytes":1e999`, 1), "not a unit"},
	} {
		_, _, err := work.Read(strings.NewReader(c.list), program, work.Whole)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// endless is a list without an end.
type endless struct{ line []byte }

func (e endless) Read(b []byte) (int, error) {
	n := 0
	for n+len(e.line) <= len(b) {
		n += copy(b[n:], e.line)
	}
	return n, nil
}

// TestEndlessList: a list without an end is given up, and takes no memory for units of other shards.
func TestEndlessList(t *testing.T) {
	of, _ := work.ParseShard("999999/1000000")
	if _, _, err := work.Read(endless{[]byte("{}\n")}, program, of); err == nil || !strings.Contains(err.Error(), "line 1000000") {
		t.Errorf("%v, want the first unit of the shard refused", err)
	}
}

// FuzzRead: no list makes Read panic, and what it accepts stays in the data folder and is written as it was read.
func FuzzRead(t *testing.F) {
	f := fuzz.With(t)
	var file bytes.Buffer
	if err := work.Write(&file, list()[:4]); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add([]byte(`{"does":"decode","program":"tidemark 1","inputs":[{"name":"../a"}]}` + "\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		units, _, err := work.Read(bytes.NewReader(b), program, work.Whole)
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := work.Write(&again, units); err != nil {
			t.Fatal(err)
		}
		reread, _, err := work.Read(&again, program, work.Whole)
		if err != nil || !reflect.DeepEqual(reread, units) {
			t.Errorf("%v was read again as %v, %v", units, reread, err)
		}
		for _, u := range units {
			for _, in := range u.Inputs {
				if strings.HasPrefix(in.Name, "/") || strings.Contains("/"+in.Name+"/", "/../") {
					t.Errorf("%q leaves the data folder", in.Name)
				}
			}
		}
	})
}
