package record

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"tidemark/collectors/archive"
	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
	"tidemark/collectors/routeviews"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/kafka"
)

// Variables of the process that is killed: the folder, and the first number that it sends.
const (
	victimFolder = "TIDEMARK_TEST_RECORD_FOLDER"
	victimFirst  = "TIDEMARK_TEST_RECORD_FIRST"
	victimBroker = "TIDEMARK_TEST_RECORD_BROKER" // of Kafka; empty: it sends numbers
)

func TestMain(m *testing.M) {
	if folder := os.Getenv(victimFolder); folder != "" {
		if broker := os.Getenv(victimBroker); broker != "" {
			fmt.Fprintln(os.Stderr, readingVictim(folder, broker))
			os.Exit(1)
		}
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
		c := testkit.Server(os.Args[0])
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
	checkKilled(t, r, func(seen map[uint32]int) {
		for i, last := range synced {
			for n := uint32(i*each + 1); n <= last; n++ {
				if seen[n] != 1 {
					t.Fatalf("message %d of process %d, which had synced up to %d, is in the files %d times", n-uint32(i*each), i, last-uint32(i*each), seen[n])
				}
			}
		}
	})
}

// checkKilled finishes what killed recorders left, and has the numbers in the files checked, none of which may be there twice.
func checkKilled(t *testing.T, r *Recorder, check func(seen map[uint32]int)) {
	t.Helper()
	p := &place{t: t, files: r.files}
	p.finishNow(r)
	if quarantined, err := r.files.Quarantined(); err != nil || len(quarantined) > 0 {
		t.Errorf("in quarantine: %v, %v", quarantined, err)
	}
	seen := countNumbers(t, p)
	check(seen)
	for n, times := range seen {
		if times != 1 {
			t.Errorf("message %d is in the files %d times", n, times)
		}
	}
	left, _ := os.ReadDir(r.dir)
	for _, e := range left {
		if !strings.HasPrefix(e.Name(), ".") && e.Name() != checkpointFile {
			t.Errorf("%s is left", e.Name())
		}
	}
}

// readingVictim records what is on a broker, in files of half a second, until it is killed.
func readingVictim(folder, broker string) error {
	r, err := openReading(folder, broker)
	if err != nil {
		return err
	}
	return r.Run(context.Background())
}

func openReading(folder, broker string) (*Recorder, error) {
	files := &archive.Archive{Dir: filepath.Join(folder, "archive")}
	s := &Settings{RouteViews: &routeviews.Options{Brokers: []string{broker}, Prefixes: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}}}
	s.rotate, s.sync, s.peerMemory = 500*time.Millisecond, 20*time.Millisecond, 1<<30
	return OpenRouteViews(s, Options{Files: files, State: filepath.Join(folder, "record.json"), Keep: func(_ context.Context, raw archive.Raw, file string) error {
		_, _, err := files.Keep(raw, file)
		return err
	}})
}

// TestKilledReading kills a recorder of RouteViews' stream at twelve moments and once its broker, Apache Kafka, while somebody writes to two
// topics: each message is in the files once.
func TestKilledReading(t *testing.T) {
	broker, folder := kafka.Start(t), t.TempDir()
	topics := []string{topic(0), topic(1)}
	first, err := openReading(folder, broker.Address) // which says from when on messages are read
	if err != nil {
		t.Fatal(err)
	}
	if err := first.stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	written := make(chan uint32, 1)
	go func() { written <- writeNumbered(ctx, t, broker.Address, topics) }()
	for i := range 12 {
		if i == 6 {
			broker.Kill()
			broker.Restart()
		}
		c := testkit.Server(os.Args[0])
		c.Env = append(os.Environ(), victimFolder+"="+folder, victimBroker+"="+broker.Address)
		c.Stderr = os.Stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(200*time.Millisecond + rand.N(1500*time.Millisecond))
		c.Process.Kill()
		c.Wait()
	}
	cancel()
	last := <-written
	r, err := openReading(folder, broker.Address)
	if err != nil {
		t.Fatal(err)
	}
	reading, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(reading) }()
	until(t, "all messages", func() bool {
		next := r.routeViews.from().Next
		return next[topics[0]][0]+next[topics[1]][0] == int64(last)
	})
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if r, err = openReading(folder, broker.Address); err != nil {
		t.Fatal(err)
	}
	checkKilled(t, r, func(seen map[uint32]int) {
		for n := range last {
			if seen[n] != 1 {
				t.Fatalf("message %d of %d is in the files %d times", n, last, seen[n])
			}
		}
		t.Logf("%d messages", last)
	})
}

// writeNumbered writes numbered messages to topics by turns until ctx ends, and returns how many.
func writeNumbered(ctx context.Context, t *testing.T, broker string, topics []string) (n uint32) {
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.AllowAutoTopicCreation())
	if err != nil {
		t.Error(err)
		return 0
	}
	defer client.Close()
	for ; ctx.Err() == nil; n++ {
		i := int(n) % len(topics)
		value := kafka.Envelope("linx", time.Now(), kafka.Message(0, netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), 64501, kafka.PostPolicy, numbered(n)))
		client.Produce(context.WithoutCancel(ctx), &kgo.Record{Topic: topics[i], Value: value}, func(_ *kgo.Record, err error) {
			if err != nil {
				t.Error(err)
			}
		})
		if n%10 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	if err := client.Flush(context.WithoutCancel(ctx)); err != nil {
		t.Error(err)
	}
	return n
}
