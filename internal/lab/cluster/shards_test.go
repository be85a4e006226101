package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"tidemark/internal/testkit/program"
)

const shards = 2

// testKilledShards decodes, derives and compacts the sample in shards, each started twice at once in a shuffled order, of which some are killed at
// random moments and started again. The lake is that of one process, and nothing else is left in it.
func testKilledShards(t *testing.T, _ lake, want map[string]string) {
	l := newLake(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	e := &engine{lake: l, random: rand.New(rand.NewPCG(seed, 0))}
	units, _ := l.list("decode")
	e.do(units)
	waves := 0
	for {
		units, any := l.list("derive")
		if !any {
			break
		}
		if waves++; waves > 20 {
			t.Fatal("there is always more to derive")
		}
		e.do(units)
	}
	units, any := l.list("compact")
	if !any {
		t.Error("nothing is to be compacted")
	}
	e.do(units)
	if _, any = l.list("compact"); any {
		t.Error("after it was compacted there is more to compact")
	}
	l.run(0, "analyse")
	program.Same(t, "the lake of shards", program.Hashes(t, l.data), want)
	l.vouched()
	if e.killed == 0 {
		t.Error("no kill met a shard: all had ended before")
	}
	t.Logf("%d shards killed, %d waves of derivations", e.killed, waves)
}

// engine starts each shard of a list twice, and again when it is killed.
type engine struct {
	lake
	mu     sync.Mutex
	random *rand.Rand
	killed int
}

// do does a list, and ends the work on it.
func (e *engine) do(units string) {
	e.Helper()
	var wait sync.WaitGroup
	for _, i := range e.random.Perm(2 * shards) {
		wait.Go(func() { e.shard(units, i%shards) })
	}
	wait.Wait()
	e.run(0, "work", "done", units)
	e.vouched()
}

// shard starts a shard until it has come to its end. The first tries are killed.
func (e *engine) shard(units string, i int) {
	e.mu.Lock()
	kills := e.random.IntN(3)
	e.mu.Unlock()
	for try := 0; ; try++ {
		cmd := program.Command(e.arguments("work", "do", units, "--shard", fmt.Sprintf("%d/%d", i, shards))...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			e.Error(err)
			return
		}
		if try < kills {
			e.killSoon(cmd)
		}
		err := cmd.Wait()
		if err == nil {
			return
		}
		var exit *exec.ExitError
		if !errors.As(err, &exit) || !exit.Sys().(syscall.WaitStatus).Signaled() {
			e.Errorf("shard %d: %v\n%s", i, err, &stderr)
			return
		}
		e.mu.Lock()
		e.killed++
		e.mu.Unlock()
	}
}

// killSoon kills a shard at a random moment of about the time that it takes.
func (e *engine) killSoon(cmd *exec.Cmd) {
	e.mu.Lock()
	after := time.Duration(e.random.Int64N(int64(1500 * time.Millisecond)))
	e.mu.Unlock()
	time.AfterFunc(after, func() { cmd.Process.Kill() })
}
