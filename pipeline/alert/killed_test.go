package alert_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tidemark/analysis/watch"
	"tidemark/internal/atomicfile"
	"tidemark/pipeline/alert"
)

const (
	childDir = "TIDEMARK_TEST_ALERT_DIR"
	childURL = "TIDEMARK_TEST_ALERT_URL"
	steps    = 120 // more than fifty processes get through, however fast they are
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := runs(dir, os.Getenv(childURL)); err != nil {
			slog.Error(err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// posts is a sink that has each message counted by the test.
type posts string

func (p posts) Send(_ context.Context, m alert.Message) error {
	resp, err := http.Post(string(p)+"/"+m.ID, "", nil)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}

// runs is a series of runs, of which each sees an alert begin, and another end. It goes on where it was killed.
func runs(dir, url string) error {
	done := filepath.Join(dir, "step")
	text, _ := os.ReadFile(done)
	step, _ := strconv.Atoi(string(text))
	for ; step < steps; step++ {
		var found []watch.Alert
		for i := range step + 1 {
			a := still("x"+strconv.Itoa(i), float64(i))
			if i+3 <= step {
				a = over("x"+strconv.Itoa(i), float64(i), float64(i+3))
			}
			found = append(found, a)
		}
		b, err := alert.Open(dir, "", slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		if _, err := b.Update([]alert.Rule{{Name: "w", Tell: []string{"a", "b"}}}, map[string][]watch.Alert{"w": found}, hours(float64(step))); err != nil {
			return err
		}
		if f := b.Deliver(context.Background(), map[string]alert.Sink{"a": posts(url + "/a"), "b": posts(url + "/b")}, hasty); len(f) > 0 {
			return f[0].Err
		}
		if err := atomicfile.Write(done, []byte(strconv.Itoa(step+1))); err != nil {
			return err
		}
	}
	return nil
}

// delivery is a message that a sink got from the process with that number.
type delivery struct {
	life     int
	sink, id string
}

// onceEach returns what each sink got, in the order of the processes. A message may come twice only as the first that a process sends.
func onceEach(t *testing.T, all []delivery) map[string][]string {
	t.Helper()
	slices.SortStableFunc(all, func(a, b delivery) int { return cmp.Compare(a.life, b.life) })
	got, last := map[string][]string{}, map[string]int{} // last: the process that the sink got the newest message from
	for _, d := range all {
		isFirst := last[d.sink] != d.life
		last[d.sink] = d.life
		if !slices.Contains(got[d.sink], d.id) {
			got[d.sink] = append(got[d.sink], d.id)
		} else if !isFirst {
			t.Errorf("sink %s got %s twice, the second time from process %d, and not as its first", d.sink, d.id, d.life)
		}
	}
	return got
}

// TestKilled kills fifty series of runs. Each message arrives, in order; one arrives twice only if the process was killed before it
// recorded the answer.
func TestKilled(t *testing.T) {
	const kills = 50
	var mu sync.Mutex
	life, count := 0, 0
	var all []delivery
	wake := make(chan int, 1000)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
		d := delivery{sink: parts[1], id: parts[2]}
		d.life, _ = strconv.Atoi(parts[0])
		all = append(all, d)
		if d.life == life { // one of a killed process may be handled after the next has started
			count++
			wake <- count
		}
	}))
	defer server.Close()
	dir := t.TempDir()
	program, err := os.Executable()
	check(t, err)
	start := func() *exec.Cmd {
		mu.Lock()
		life++
		count = 0
		url := fmt.Sprintf("%s/%d", server.URL, life)
		mu.Unlock()
		for len(wake) > 0 {
			<-wake
		}
		cmd := exec.Command(program)
		cmd.Env = append(os.Environ(), childDir+"="+dir, childURL+"="+url)
		cmd.Stderr = os.Stderr
		check(t, cmd.Start())
		return cmd
	}
	killed := 0
	for i := range kills {
		cmd := start()
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		for alive := true; alive; {
			select {
			case n := <-wake:
				if n > i%4 {
					time.Sleep(time.Duration(i*37%50) * 100 * time.Microsecond)
					cmd.Process.Kill()
					<-ended
					killed++
					alive = false
				}
			case err := <-ended:
				check(t, err)
				alive = false
			}
		}
		server.CloseClientConnections()
	}
	cmd := start()
	check(t, cmd.Wait())
	server.Close() // waits for the handlers
	got := onceEach(t, all)
	var want []string
	for i := range steps {
		want = append(want, fmt.Sprintf("x%d@%d-begin", i, i))
		if i >= 3 {
			want = append(want, fmt.Sprintf("x%d@%d-end", i-3, i-3))
		}
	}
	for _, sink := range []string{"a", "b"} {
		if !slices.Equal(slices.Sorted(slices.Values(got[sink])), slices.Sorted(slices.Values(want))) {
			t.Errorf("sink %s got %v, want %v", sink, got[sink], want)
		}
		for i, id := range got[sink] { // of one step the order is that of the subjects
			if d := i - slices.Index(want, id); d < -1 || d > 1 {
				t.Errorf("sink %s got %s as number %d", sink, id, i)
			}
		}
	}
	if killed < kills*4/5 {
		t.Errorf("only %d of %d series were killed before their end", killed, kills)
	}
}
