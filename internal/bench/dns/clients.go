package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"

	"tidemark/collectors/ipv6/resolver"
)

// counted are the counts that a client reports of its run.
type counted struct {
	Names, Answered, Lost, Wrong int
	Seconds                      float64
	Sent, SentAgain              uint64 // 0 if the client does not report them
	Peak                         int64  // bytes of memory
}

// name returns the ith name that is looked up; address returns its address.
func name(i int) string { return fmt.Sprintf("n%07d.%s", i, zone) }

func address(i int) string { return fmt.Sprintf("2001:db8::%x:%x", i>>16+1, i&0xffff) }

// each passes the numbers of all names to the workers.
func each(names, workers int, work func(i int) (answered, right bool)) counted {
	var next, answered, wrong atomic.Int64
	var group sync.WaitGroup
	start := time.Now()
	for range workers {
		group.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= names {
					return
				}
				got, right := work(i)
				if got {
					answered.Add(1)
				}
				if got && !right {
					wrong.Add(1)
				}
			}
		})
	}
	group.Wait()
	c := counted{Names: names, Answered: int(answered.Load()), Wrong: int(wrong.Load()), Seconds: time.Since(start).Seconds(), Peak: peak()}
	c.Lost = c.Names - c.Answered
	return c
}

// right reports whether a message has the ith name's address.
func right(i int, m *dns.Msg) bool {
	if m.Rcode != dns.RcodeSuccess || len(m.Answer) != 1 {
		return false
	}
	a, ok := m.Answer[0].(*dns.AAAA)
	return ok && a.AAAA.String() == address(i)
}

// lookup runs Tidemark's client with as many workers as a probe has.
func lookup(server string, names, workers int) (counted, error) {
	client, err := resolver.New(server, resolver.Options{})
	if err != nil {
		return counted{}, err
	}
	defer client.Close()
	done := each(names, workers, func(i int) (bool, bool) {
		x, err := client.Lookup(context.Background(), name(i), dns.TypeAAAA)
		if err != nil {
			return false, false
		}
		m := new(dns.Msg)
		return true, m.Unpack(x.Response) == nil && right(i, m)
	})
	s := client.Stats()
	done.Sent, done.SentAgain = s.Sent, s.Retransmitted
	fmt.Fprintf(os.Stderr, "%+v\n", s)
	return done, nil
}

// plain is the obvious client: a goroutine with a socket of its own for each query under way, and three attempts.
func plain(server string, names, workers int) (counted, error) {
	client := &dns.Client{Net: "udp", Timeout: 5 * time.Second, UDPSize: 1232}
	return each(names, workers, func(i int) (bool, bool) {
		q := new(dns.Msg)
		q.SetQuestion(dns.Fqdn(name(i)), dns.TypeAAAA)
		q.SetEdns0(1232, false)
		for range 3 {
			if m, _, err := client.Exchange(q, server); err == nil {
				return true, right(i, m)
			}
		}
		return false, false
	}), nil
}

// peak returns the peak memory of this process, from the kernel.
func peak() int64 {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if kb, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(kb, "kB")), 10, 64)
			return n << 10
		}
	}
	return 0
}
