package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// patience is the time limit of one run of a program; some peers need hours for a file of today's size.
const patience = 15 * time.Minute

// program is a row of the table: a program that does a piece of work.
type program struct {
	work    string
	name    string
	command []string
	single  bool // run it only once, since it takes minutes
	own     bool // it is Tidemark, to which the others are compared
}

// measured is the cost of one run.
type measured struct {
	wall, processor time.Duration
	peak            int64 // bytes
}

// compare runs all programs in turn on the files of dir and prints a table of medians, and ratios to Tidemark.
func compare(dir, cache string, runs int, only string) error {
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return err
	}
	all, err := programs(dir, cache)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(p program) bool { return !strings.Contains(p.work+" "+p.name, only) })
	results := make([][]measured, len(all))
	for run := range runs {
		for i, p := range all {
			if run > 0 && (p.single || results[i] == nil) {
				continue
			}
			m, err := once(p, cache)
			if err != nil {
				fmt.Fprintf(os.Stderr, "%s, %s: %v\n", p.work, p.name, err)
				continue
			}
			fmt.Fprintf(os.Stderr, "run %d of %d: %s, %s: %.2f s\n", run+1, runs, p.work, p.name, m.wall.Seconds())
			results[i] = append(results[i], m)
		}
	}
	print(all, results)
	return nil
}

// programs returns Tidemark and the peers that this machine has or can build.
func programs(dir, cache string) ([]program, error) {
	tidemark, err := buildTidemark(cache)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	rib, updates := filepath.Join(dir, "rib.mrt"), filepath.Join(dir, "updates.mrt")
	imported := func(path string, more ...string) []string {
		return append([]string{tidemark, "--quiet", "--data", filepath.Join(cache, "data"), "import", "mrt", "--collector", "bench", path}, more...)
	}
	var all []program
	bgpkit, err := buildBgpkit(cache)
	if err != nil {
		fmt.Fprintln(os.Stderr, "without bgpkit-parser:", err)
	}
	for _, file := range []struct{ path, is string }{{rib, "RIB"}, {rib + ".gz", "RIB, gz"}, {rib + ".bz2", "RIB, bz2"}, {updates, "updates"}} {
		work := "parse and count, " + file.is
		all = append(all, program{work: work, name: "tidemark mrt stat", command: []string{tidemark, "mrt", "stat", file.path}, own: true})
		if bgpkit != "" {
			all = append(all, program{work: work, name: "bgpkit-parser, elements", command: []string{bgpkit, "elems", file.path}})
			if file.path != updates {
				all = append(all, program{work: work, name: "bgpkit-parser, routes", command: []string{bgpkit, "routes", file.path}})
			}
		}
		if file.path == rib || file.path == updates {
			all = append(all, program{work: work, name: "GoBGP, two workers", command: []string{self, "gobgp", file.path}})
		}
	}
	if head, python, err := mrtparse(rib, cache); err != nil {
		fmt.Fprintln(os.Stderr, "without mrtparse:", err)
	} else {
		work := "parse and count, the RIB's first 20 MB"
		all = append(all,
			program{work: work, name: "tidemark mrt stat", command: []string{tidemark, "mrt", "stat", head}, own: true},
			program{work: work, name: "mrtparse (Python)", command: []string{python, filepath.Join("internal", "bench", "mrt", "mrtparse_count.py"), head}, single: true})
	}
	for _, file := range []struct {
		path   string
		limits [][]string
	}{
		{rib + ".gz", [][]string{{self, "inflate", rib + ".gz"}, {"gzip", "-dc", rib + ".gz"}, {"pigz", "-dc", rib + ".gz"}, {"igzip", "-dc", rib + ".gz"}}},
		{rib + ".bz2", [][]string{{"lbzip2", "-n2", "-dc", rib + ".bz2"}, {"bzip2", "-dc", rib + ".bz2"}}},
	} {
		work := "into peers, routes, table_stats, RIB, " + strings.TrimPrefix(filepath.Ext(file.path), ".")
		all = append(all, program{work: work, name: "tidemark import mrt", command: imported(file.path), own: true})
		for _, limit := range file.limits {
			name := limit[0] + " alone"
			if limit[0] == self {
				name = "klauspost/compress alone"
			}
			if _, err := exec.LookPath(limit[0]); err != nil {
				fmt.Fprintf(os.Stderr, "without %s: it is not installed\n", limit[0])
				continue
			}
			all = append(all, program{work: work, name: name, command: limit})
		}
	}
	all = append(all,
		program{work: "into updates, updates", name: "tidemark import mrt", command: imported(updates), own: true},
		program{work: "into rib_entries too, RIB", name: "tidemark import mrt --entries", command: imported(rib, "--entries"), own: true})
	for _, file := range []struct{ path, is string }{{rib, "RIB"}, {updates, "updates"}} {
		work := "text, " + file.is
		all = append(all, program{work: work, name: "tidemark mrt dump -m", command: []string{tidemark, "mrt", "dump", "-m", file.path}, own: true})
		if _, err := exec.LookPath("bgpdump"); err != nil {
			fmt.Fprintln(os.Stderr, "without bgpdump: it is not installed")
			continue
		}
		all = append(all, program{work: work, name: "bgpdump -m (Debian)", command: []string{"bgpdump", "-m", file.path}, single: true})
	}
	return all, nil
}

// buildTidemark builds the program and returns its path.
func buildTidemark(cache string) (string, error) {
	tidemark := filepath.Join(cache, "tidemark")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", tidemark, "./cmd/tidemark").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return tidemark, nil
}

// buildBgpkit builds the small program in bgpkit with the library from crates.io and returns its path.
func buildBgpkit(cache string) (string, error) {
	if _, err := exec.LookPath("cargo"); err != nil {
		return "", errors.New("cargo is not installed")
	}
	dir := filepath.Join(cache, "bgpkit")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("internal", "bench", "mrt", "bgpkit"))); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	if out, err := exec.Command("cargo", "build", "--release", "--quiet", "--manifest-path", filepath.Join(dir, "Cargo.toml")).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return filepath.Join(dir, "target", "release", "peer"), nil
}

// mrtparse installs the package from PyPI and cuts a file off the RIB that it can read in minutes.
func mrtparse(rib, cache string) (head, python string, err error) {
	environment := filepath.Join(cache, "python")
	python = filepath.Join(environment, "bin", "python")
	for _, command := range [][]string{{"python3", "-m", "venv", environment}, {python, "-m", "pip", "install", "--quiet", "mrtparse==2.2.0"}} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			return "", "", fmt.Errorf("%s: %w\n%s", command[0], err, out)
		}
	}
	head = filepath.Join(cache, "head.mrt")
	return head, python, cutHead(rib, head, 20<<20)
}

// cutHead writes the whole records among the first bytes of an MRT file.
func cutHead(path, to string, most int) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	bytes := make([]byte, most)
	n, err := io.ReadFull(f, bytes)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s: %w", path, err)
	}
	end := 0
	for end+12 <= n {
		next := end + 12 + int(binary.BigEndian.Uint32(bytes[end+8:]))
		if next > n {
			break
		}
		end = next
	}
	return os.WriteFile(to, bytes[:end], 0o644)
}

// warm reads the files that a command names, so that every program finds them in the page cache.
func warm(command []string) error {
	for _, argument := range command[1:] {
		f, err := os.Open(argument)
		if err != nil {
			continue // an option
		}
		_, err = io.Copy(io.Discard, f)
		f.Close()
		if err != nil && !errors.Is(err, syscall.EISDIR) {
			return err
		}
	}
	return nil
}

// once runs p and discards its output. The data folder of the previous run is removed outside the measured time.
func once(p program, cache string) (measured, error) {
	if err := warm(p.command); err != nil {
		return measured{}, err
	}
	if err := os.RemoveAll(filepath.Join(cache, "data")); err != nil {
		return measured{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.command[0], p.command[1:]...)
	var said bytes.Buffer
	cmd.Stderr = &said
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if ctx.Err() != nil {
		return measured{}, fmt.Errorf("not done after %v", patience)
	}
	if err != nil {
		return measured{}, fmt.Errorf("%w: %s", err, bytes.TrimSpace(said.Bytes()))
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return measured{took, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), usage.Maxrss << 10}, nil
}

// print writes the table in Markdown.
func print(all []program, results [][]measured) {
	commit, _ := exec.Command("git", "describe", "--always", "--dirty").Output()
	fmt.Printf("%d cores of %s, %s, commit %s\n\n", runtime.NumCPU(), processor(), runtime.Version(), bytes.TrimSpace(commit))
	fmt.Println("| work | program | median s | CPU s | peak MB | × Tidemark's time |\n|---|---|---:|---:|---:|---:|")
	var own time.Duration
	work := ""
	for i, p := range all {
		if len(results[i]) == 0 {
			continue
		}
		wall := median(results[i], func(m measured) time.Duration { return m.wall })
		cpu := median(results[i], func(m measured) time.Duration { return m.processor })
		peak := median(results[i], func(m measured) int64 { return m.peak })
		if p.own {
			own = wall
		} else if p.work != work {
			own = 0
		}
		work = p.work
		ratio := "–"
		if own > 0 {
			ratio = fmt.Sprintf("%.2f", wall.Seconds()/own.Seconds())
		}
		name := p.name
		if p.single {
			name += ", one run"
		}
		fmt.Printf("| %s | %s | %.2f | %.2f | %d | %s |\n", p.work, name, wall.Seconds(), cpu.Seconds(), peak>>20, ratio)
	}
}

// median returns the middle of the values that get returns for the runs.
func median[T time.Duration | int64](runs []measured, get func(measured) T) T {
	var values []T
	for _, m := range runs {
		values = append(values, get(m))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// processor returns the model name of the processor, from the kernel.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, model, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(model)
		}
	}
	return runtime.GOARCH
}
