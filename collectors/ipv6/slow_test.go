package ipv6_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tidemark/collectors/archive"
	"tidemark/collectors/ipv6"
)

// TestSlowOldest: while one of the first domains does not end, all others are written. A run that is killed then continues with the slow
// one alone, and the transcript is that of a run in which nobody was slow.
func TestSlowOldest(t *testing.T) {
	const size = 200
	dir := t.TempDir()
	from := simulatedSource(t, dir, size)
	n := simulated{today}.network()
	n.Timeout = 500 * time.Millisecond
	whole := &archive.Archive{Dir: filepath.Join(dir, "whole")}
	if err := ipv6.Probe(t.Context(), from, today, whole, n); err != nil {
		t.Fatal(err)
	}
	names, want := domainsOf(t, whole)
	slow := ""
	for _, name := range names {
		var i int
		if fmt.Sscanf(name, "n%07d.", &i); i%10 < 3 { // it has a website
			slow = fmt.Sprintf("60.2.%d.%d:80", i>>8, i&255)
			break
		}
	}

	kept, killed := &archive.Archive{Dir: filepath.Join(dir, "kept")}, &archive.Archive{Dir: filepath.Join(dir, "killed")}
	raw := archive.Raw{Kind: "ipv6-probes", Collector: from.Name, Day: today, Name: "probe.jsonl.gz"}
	release, dial := make(chan struct{}), n.Dial
	n.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == slow {
			<-release
		}
		return dial(ctx, network, address)
	}
	var copied sync.WaitGroup
	slowly := from
	slowly.Runtime.Progress = func(done, _ int) {
		if done != size-1 {
			return
		}
		copied.Go(func() { // what a killed run would leave, some seconds later
			defer close(release)
			time.Sleep(2*n.Timeout + 3*time.Second)
			b, err := os.ReadFile(kept.Unfinished(raw))
			if err == nil {
				err = os.MkdirAll(filepath.Dir(killed.Unfinished(raw)), 0o755)
			}
			if err == nil {
				err = os.WriteFile(killed.Unfinished(raw), b, 0o644)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	if err := ipv6.Probe(t.Context(), slowly, today, kept, n); err != nil {
		t.Fatal(err)
	}
	copied.Wait()
	if _, got := domainsOf(t, kept); got != want {
		t.Error("the transcript of the run with a slow domain differs")
	}
	begun := -1
	from.Runtime.Progress = func(done, _ int) {
		if begun < 0 {
			begun = done
		}
	}
	if err := ipv6.Probe(t.Context(), from, today, killed, n); err != nil {
		t.Fatal(err)
	}
	if begun != size-1 {
		t.Errorf("the run that was killed had written %d domains, want %d", begun, size-1)
	}
	if _, got := domainsOf(t, killed); got != want {
		t.Error("the transcript of the run that was continued differs")
	}
}

// domainsOf returns the domains of the only transcript of an archive, in their order, and the SHA-256 of the file.
func domainsOf(t testing.TB, keep *archive.Archive) (names []string, sum string) {
	raws, err := keep.List("ipv6-probes")
	if err != nil || len(raws) != 1 {
		t.Fatal(raws, err)
	}
	in, err := raws[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for lines := json.NewDecoder(in); lines.More(); {
		var line struct{ Domain string }
		if err := lines.Decode(&line); err != nil {
			t.Fatal(err)
		}
		if line.Domain != "" {
			names = append(names, line.Domain)
		}
	}
	return names, raws[0].SHA256
}
