package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// patience is the time limit of one run of a program.
const patience = 10 * time.Minute

// program is a row of the table.
type program struct {
	name  string
	names int
	runs  int
	run   func(ctx context.Context, server string) (measured, error)
}

type measured struct {
	counted
	processor time.Duration
}

// compare runs all programs in turn, each on freshly started servers, and prints a table of medians.
func compare(names, most, runs int, only string) error {
	dir, err := os.MkdirTemp("", "tidemark-bench-dns-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := writeZone(filepath.Join(dir, "zone"), max(names, most)); err != nil {
		return err
	}
	all, err := programs(dir, names, most, runs)
	if err != nil {
		return err
	}
	commit, _ := exec.Command("git", "describe", "--always", "--dirty").Output()
	fmt.Printf("%d cores of %s, %s, commit %s\n\n", runtime.NumCPU(), model(), runtime.Version(), bytes.TrimSpace(commit))
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) // the servers must not outlive this process
	defer cancel()
	fmt.Println("| server | program | names | names/s | lost % | wrong | sent again % | CPU s | peak MB |\n|---|---|---:|---:|---:|---:|---:|---:|---:|")
	for _, target := range []string{"nsd", "unbound + nsd"} {
		for _, p := range all {
			if !strings.Contains(target+" "+p.name, only) {
				continue
			}
			var results []measured
			for range p.runs {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				m, err := once(ctx, dir, target, p)
				if err != nil {
					fmt.Fprintf(os.Stderr, "%s, %s: %v\n", target, p.name, err)
					continue
				}
				fmt.Fprintf(os.Stderr, "%s, %s: %+v\n", target, p.name, m)
				results = append(results, m)
			}
			if len(results) > 0 {
				line(target, p, results)
			}
		}
	}
	return nil
}

func once(ctx context.Context, dir, target string, p program) (measured, error) {
	authority, err := nsd(dir)
	if err != nil {
		return measured{}, err
	}
	defer authority.stop()
	address := authority.address
	if target != "nsd" {
		recursor, err := unbound(dir, address)
		if err != nil {
			return measured{}, err
		}
		defer recursor.stop()
		address = recursor.address
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return p.run(ctx, address)
}

// programs returns Tidemark's client on lists of three lengths, and its peers.
func programs(dir string, names, most, runs int) ([]program, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	own := func(command string, names, workers int) func(context.Context, string) (measured, error) {
		return func(ctx context.Context, server string) (measured, error) {
			out, used, err := output(ctx, self, command, "-server", server, "-names", strconv.Itoa(names), "-workers", strconv.Itoa(workers))
			m := measured{processor: used.processor}
			if err == nil {
				err = json.Unmarshal(out, &m.counted)
			}
			return m, err
		}
	}
	all := []program{
		{"Tidemark", names, runs, own("lookup", names, 2000)},
		{"Tidemark", names / 10, runs, own("lookup", names/10, 2000)},
		{"Tidemark", most, 1, own("lookup", most, 2000)}, // it takes minutes
	}
	for _, workers := range []int{100, 1000} {
		all = append(all, program{fmt.Sprintf("miekg/dns, %d goroutines", workers), names, runs, own("plain", names, workers)})
	}
	queries := filepath.Join(dir, "queries")
	var b bytes.Buffer
	for i := range names {
		fmt.Fprintf(&b, "%s AAAA\n", name(i))
	}
	if err := os.WriteFile(queries, b.Bytes(), 0o644); err != nil {
		return nil, err
	}
	for _, outstanding := range []string{"100", "1000"} {
		all = append(all, program{"dnsperf, " + outstanding + " outstanding", names, runs, func(ctx context.Context, server string) (measured, error) {
			return dnsperf(ctx, server, queries, outstanding)
		}})
	}
	return all, nil
}

// dnsperf sends every query once.
func dnsperf(ctx context.Context, server, queries, outstanding string) (measured, error) {
	host, at, _ := strings.Cut(server, ":")
	out, m, err := output(ctx, "dnsperf", "-s", host, "-p", at, "-d", queries, "-n", "1", "-q", outstanding, "-e")
	if err != nil {
		return m, err
	}
	for field, into := range map[string]*int{"sent": &m.Names, "completed": &m.Answered, "lost": &m.Lost} {
		found := regexp.MustCompile(`Queries ` + field + `: +(\d+)`).FindSubmatch(out)
		if found == nil {
			return m, fmt.Errorf("dnsperf does not tell how many queries were %s:\n%s", field, out)
		}
		*into, _ = strconv.Atoi(string(found[1]))
	}
	return m, nil
}

// output runs a program; unless it reports names per second they are computed from its duration.
func output(ctx context.Context, name string, arguments ...string) ([]byte, measured, error) {
	cmd := exec.CommandContext(ctx, name, arguments...)
	var said bytes.Buffer
	cmd.Stderr = &said
	start := time.Now()
	out, err := cmd.Output()
	took := time.Since(start)
	if err != nil {
		return nil, measured{}, fmt.Errorf("%w: %s", err, bytes.TrimSpace(said.Bytes()))
	}
	if said.Len() > 0 {
		fmt.Fprintf(os.Stderr, "%s", said.Bytes())
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return out, measured{
		counted{Seconds: took.Seconds(), Peak: usage.Maxrss << 10}, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
	}, nil
}

// line prints medians.
func line(target string, p program, results []measured) {
	again := "–"
	if results[0].Sent > 0 {
		again = fmt.Sprintf("%.2f", median(results, func(m measured) float64 { return 100 * float64(m.SentAgain) / float64(m.Names) }))
	}
	fmt.Printf("| %s | %s | %d | %.0f | %.3f | %.0f | %s | %.2f | %.0f |\n", target, p.name, p.names,
		median(results, func(m measured) float64 { return float64(m.Answered) / m.Seconds }),
		median(results, func(m measured) float64 { return 100 * float64(m.Lost) / float64(m.Names) }),
		median(results, func(m measured) float64 { return float64(m.Wrong) }), again,
		median(results, func(m measured) float64 { return m.processor.Seconds() }),
		median(results, func(m measured) float64 { return float64(m.Peak >> 20) }))
}

// median returns the middle of the values that get returns for the runs.
func median(runs []measured, get func(measured) float64) float64 {
	var values []float64
	for _, m := range runs {
		values = append(values, get(m))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// model returns the processor's name, from the kernel.
func model() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
