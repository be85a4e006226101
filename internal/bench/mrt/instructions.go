package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Sizes of the starts of a file whose difference is measured: what a process does once cancels out. Valgrind takes fifty times as long
// as the processor.
const shortHead, longHead = 1 << 20, 4 << 20

// instructions prints how many instructions Tidemark takes for an element, which other work on the machine does not change. Valgrind
// counts them in all threads, also where the kernel gives no access to the processor's counters.
func instructions(dir, cache, only string) error {
	if _, err := exec.LookPath("valgrind"); err != nil {
		return fmt.Errorf("valgrind is not installed: %w", err)
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return err
	}
	tidemark, err := buildTidemark(cache)
	if err != nil {
		return err
	}
	fmt.Println("| work | elements | instructions an element |\n|---|---:|---:|")
	for _, file := range []struct {
		name  string
		works [][]string
	}{
		{"rib.mrt", [][]string{{"mrt", "stat"}, {"mrt", "dump", "-m"}, {"import", "mrt", "--collector", "bench"}, {"import", "mrt", "--collector", "bench", "--entries"}}},
		{"updates.mrt", [][]string{{"mrt", "stat"}, {"mrt", "dump", "-m"}, {"import", "mrt", "--collector", "bench"}}},
	} {
		for _, work := range file.works {
			name := "tidemark " + strings.Join(work, " ") + ", " + file.name
			if !strings.Contains(name, only) {
				continue
			}
			elements, counted, err := difference(tidemark, filepath.Join(dir, file.name), cache, work)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			fmt.Printf("| %s | %d | %.0f |\n", name, elements, float64(counted)/float64(elements))
		}
	}
	return nil
}

// difference returns by how many elements the long start of a file is longer than the short one, and by how many instructions the work on
// it.
func difference(tidemark, path, cache string, work []string) (elements, counted int, err error) {
	for _, size := range []int{shortHead, longHead} {
		head := filepath.Join(cache, "head.mrt")
		if err := cutHead(path, head, size); err != nil {
			return 0, 0, err
		}
		n, err := elementsOf(tidemark, head)
		if err != nil {
			return 0, 0, err
		}
		spent, err := countInstructions(append([]string{tidemark, "--quiet", "--data", filepath.Join(cache, "data")}, append(work, head)...), cache)
		if err != nil {
			return 0, 0, err
		}
		elements, counted = n-elements, spent-counted
	}
	return elements, counted, nil
}

var references = regexp.MustCompile(`I\s+refs:\s+([0-9,]+)`)

// countInstructions runs a command without what makes counts differ from run to run: other threads, collections of garbage and preemption.
func countInstructions(command []string, cache string) (int, error) {
	if err := os.RemoveAll(filepath.Join(cache, "data")); err != nil {
		return 0, err
	}
	cmd := exec.Command("valgrind", append([]string{"--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"}, command...)...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=off", "GODEBUG=asyncpreemptoff=1")
	var said bytes.Buffer
	cmd.Stderr = &said
	err := cmd.Run()
	m := references.FindSubmatch(said.Bytes())
	if err != nil || m == nil {
		return 0, fmt.Errorf("valgrind: %v: %s", err, bytes.TrimSpace(said.Bytes()))
	}
	return strconv.Atoi(strings.ReplaceAll(string(m[1]), ",", ""))
}

var counts = regexp.MustCompile(`(?m)^elements\n((?:  .*\n)+)`)

// elementsOf returns the number of elements of a file, of which tidemark mrt stat lists each kind.
func elementsOf(tidemark, path string) (sum int, err error) {
	out, err := exec.Command(tidemark, "mrt", "stat", path).Output()
	if err != nil {
		return 0, err
	}
	m := counts.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("%s: tidemark mrt stat names no elements", path)
	}
	for line := range strings.Lines(string(m[1])) {
		fields := strings.Fields(line)
		n, err := strconv.Atoi(fields[len(fields)-1])
		if err != nil {
			return 0, fmt.Errorf("%s: %q: %w", path, strings.TrimSpace(line), err)
		}
		sum += n
	}
	return sum, nil
}
