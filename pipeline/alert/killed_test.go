package alert_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
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
	steps    = 40
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

// TestKilled kills fifty series of runs. Each message arrives, in order; one arrives twice only if the process was killed before it
// recorded the answer.
func TestKilled(t *testing.T) {
	const kills = 50
	var mu sync.Mutex
	life, count := 0, 0
	got, seen := map[string][]string{}, map[string]map[string]int{"a": {}, "b": {}}
	firsts := map[string]bool{} // sinks that got something in this life
	wake := make(chan int, 1000)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		sink, id := path.Base(path.Dir(r.URL.Path)), path.Base(r.URL.Path)
		before, twice := seen[sink][id]
		switch {
		case !twice:
			got[sink] = append(got[sink], id)
		case before == life || firsts[sink]:
			t.Errorf("sink %s got %s twice, in lives %d and %d, and not as the first of a life", sink, id, before, life)
		}
		seen[sink][id], firsts[sink] = life, true
		count++
		wake <- count
	}))
	defer server.Close()
	dir := t.TempDir()
	program, err := os.Executable()
	check(t, err)
	start := func() *exec.Cmd {
		mu.Lock()
		life++
		count = 0
		clear(firsts)
		mu.Unlock()
		for len(wake) > 0 {
			<-wake
		}
		cmd := exec.Command(program)
		cmd.Env = append(os.Environ(), childDir+"="+dir, childURL+"="+server.URL)
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
		// A request of the killed process may still be on its way to the handler.
		server.CloseClientConnections()
	}
	cmd := start()
	check(t, cmd.Wait())
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
