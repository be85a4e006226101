package record

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/archive"
	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
)

// Variables of the process that is killed: the folder, and the first number that it sends.
const (
	victimFolder = "TIDEMARK_TEST_RECORD_FOLDER"
	victimFirst  = "TIDEMARK_TEST_RECORD_FIRST"
)

func TestMain(m *testing.M) {
	if folder := os.Getenv(victimFolder); folder != "" {
		first, _ := strconv.Atoi(os.Getenv(victimFirst))
		fmt.Fprintln(os.Stderr, victim(folder, uint32(first)))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// numbered returns an UPDATE that withdraws the address of that number.
func numbered(n uint32) []byte {
	body := binary.BigEndian.AppendUint32([]byte{0, 5, 32}, n)
	return bgp.AppendMessage(nil, bgp.MessageUpdate, append(body, 0, 0))
}

// victim records numbered messages in files of a fraction of a second, and prints each number that is synced, until it is killed.
func victim(folder string, first uint32) error {
	r, err := openNumbered(folder)
	if err != nil {
		return err
	}
	go r.finishLoop(context.Background())
	source := r.Source("bgp")
	h := mrt.Header{Peer: mrt.Peer{Address: netip.MustParseAddr("192.0.2.1"), ASN: 64501}}
	if err := source.State(h, openConfirm, established); err != nil {
		return err
	}
	for n := first; ; n++ {
		if err := source.Message(h, numbered(n)); err != nil {
			return err
		}
		if n%50 == 0 {
			if err := r.Sync(); err != nil {
				return err
			}
			fmt.Println(n)
		}
	}
}

func openNumbered(folder string) (*Recorder, error) {
	files := &archive.Archive{Dir: filepath.Join(folder, "archive")}
	s := &Settings{Collector: "here", rotate: 20 * time.Millisecond, dump: 100 * time.Millisecond, peerMemory: 1 << 30}
	return Open(s, Options{Files: files, State: filepath.Join(folder, "record.json"), Keep: func(_ context.Context, raw archive.Raw, file string) error {
		_, _, err := files.Keep(raw, file)
		return err
	}})
}

// TestKilled kills a recorder at fifty moments, while it records, rotates and finishes files: all that it had synced is in the files, and
// nothing twice.
func TestKilled(t *testing.T) {
	folder := t.TempDir()
	const kills, each = 50, 1 << 24
	var synced [kills]uint32 // the last number of each process
	for i := range kills {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), victimFolder+"="+folder, fmt.Sprintf("%s=%d", victimFirst, i*each+1))
		c.Stderr = os.Stderr
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		if lines.Scan() { // it is at work
			time.AfterFunc(time.Duration(rand.IntN(int(80*time.Millisecond))), func() { c.Process.Kill() })
		}
		for more := true; more; more = lines.Scan() {
			if n, err := strconv.ParseUint(lines.Text(), 10, 32); err == nil {
				synced[i] = uint32(n)
			}
		}
		c.Wait()
		if synced[i] == 0 {
			t.Fatalf("process %d synced nothing", i)
		}
	}
	r, err := openNumbered(folder)
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, files: r.files}
	p.finishNow(r)
	if quarantined, err := r.files.Quarantined(); err != nil || len(quarantined) > 0 {
		t.Errorf("in quarantine: %v, %v", quarantined, err)
	}
	seen := map[uint32]int{}
	for _, rec := range p.records(updatesPrefix) {
		m, err := rec.ParseMessage()
		if err != nil {
			t.Fatal(err)
		}
		if !m.StateChange {
			seen[binary.BigEndian.Uint32(m.Body[3:])]++
		}
	}
	for i, last := range synced {
		for n := uint32(i*each + 1); n <= last; n++ {
			if seen[n] != 1 {
				t.Fatalf("message %d of process %d, which had synced up to %d, is in the files %d times", n-uint32(i*each), i, last-uint32(i*each), seen[n])
			}
		}
	}
	for n, times := range seen {
		if times != 1 {
			t.Errorf("message %d is in the files %d times", n, times)
		}
	}
	left, _ := os.ReadDir(r.dir)
	for _, e := range left {
		if !strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s is left", e.Name())
		}
	}
}
