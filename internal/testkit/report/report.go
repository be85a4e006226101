package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// event is a line of go test -json, as go doc test2json and go help buildjson describe it.
type event struct {
	Action  string
	Package string
	Test    string // empty for what concerns the whole package
	Output  string
}

// summary counts tests and their subtests.
type summary struct {
	passed  int
	failed  int // with packages that failed outside their tests
	skipped []skip
}

type skip struct{ pkg, test, reason string }

// write prints the last lines of a report.
func (s *summary) write(out io.Writer, strict bool) {
	fmt.Fprintf(out, "\n%d passed, %d failed, %d skipped\n", s.passed, s.failed, len(s.skipped))
	slices.SortFunc(s.skipped, func(a, b skip) int { return strings.Compare(a.pkg+" "+a.test, b.pkg+" "+b.test) })
	for _, k := range s.skipped {
		fmt.Fprintf(out, "skipped: %s %s: %s\n", k.pkg, k.test, k.reason)
	}
	if strict && len(s.skipped) > 0 {
		fmt.Fprintln(out, "FAIL: CI is set, so that no test may be skipped")
	}
}

// running is a package whose tests have not all ended.
type running struct {
	output strings.Builder // outside of tests
	tests  []*test         // in the order in which they began; without those that passed or were skipped
	failed int
}

type test struct {
	name   string
	output strings.Builder
	ended  bool
}

// read follows the events of go test -json and prints each package when it ends, as go test without -json does.
func read(events io.Reader, out io.Writer) (*summary, error) {
	s, packages := &summary{}, map[string]*running{}
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return s, fmt.Errorf("events of go test: %w", err)
		}
		var e event
		switch {
		case line == "":
		case json.Unmarshal([]byte(line), &e) != nil:
			io.WriteString(out, line) // of a tool that go test calls
		case e.Action == "build-output":
			io.WriteString(out, e.Output)
		case e.Package != "":
			s.add(e, packages, out)
		}
		if err != nil {
			break
		}
	}
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		packages[name].output.WriteString("FAIL\t" + name + " [did not end]\n")
		s.fail(packages[name], out)
	}
	if s.passed == 0 && s.failed == 0 && len(s.skipped) == 0 {
		return s, errors.New("no test was run")
	}
	return s, nil
}

// add takes an event of a package into account.
func (s *summary) add(e event, packages map[string]*running, out io.Writer) {
	p := packages[e.Package]
	if p == nil {
		p = &running{}
		packages[e.Package] = p
	}
	if e.Test != "" {
		s.addTest(e, p)
		return
	}
	switch e.Action {
	case "output":
		p.output.WriteString(e.Output)
	case "fail":
		s.fail(p, out)
		delete(packages, e.Package)
	case "pass", "skip": // skip: the package has no tests
		for line := range strings.Lines(p.output.String()) {
			if strings.HasPrefix(line, "ok  \t") || strings.HasPrefix(line, "?   \t") || strings.HasPrefix(line, "\t"+e.Package) {
				io.WriteString(out, line)
			}
		}
		delete(packages, e.Package)
	}
}

func (s *summary) addTest(e event, p *running) {
	i := slices.IndexFunc(p.tests, func(t *test) bool { return t.name == e.Test })
	if i < 0 {
		i = len(p.tests)
		p.tests = append(p.tests, &test{name: e.Test})
	}
	t := p.tests[i]
	switch e.Action {
	case "output":
		t.output.WriteString(e.Output)
	case "fail":
		s.failed++
		p.failed++
		t.ended = true
	case "pass":
		s.passed++
		p.tests = slices.Delete(p.tests, i, i+1)
	case "skip":
		s.skipped = append(s.skipped, skip{e.Package, e.Test, t.reason()})
		p.tests = slices.Delete(p.tests, i, i+1)
	}
}

// fail prints a package that failed: its tests that failed or never ended, and what it printed outside of them.
func (s *summary) fail(p *running, out io.Writer) {
	for _, t := range p.tests {
		if !t.ended {
			s.failed++
			p.failed++
		}
		t.write(out)
	}
	if p.failed == 0 {
		s.failed++
	}
	io.WriteString(out, strings.TrimPrefix(p.output.String(), "PASS\n"))
}

// lines returns what a test printed, without the lines that say which test runs, and the line with its result.
func (t *test) lines() (printed []string, result string) {
	for line := range strings.Lines(t.output.String()) {
		switch text := strings.TrimLeft(line, " "); {
		case strings.HasPrefix(line, "=== "):
		case strings.HasPrefix(text, "--- FAIL: "+t.name+" "), strings.HasPrefix(text, "--- SKIP: "+t.name+" "):
			result = line
		default:
			printed = append(printed, line)
		}
	}
	return printed, result
}

// write prints the result before the messages, which go test -json reports the other way round, and indents those of
// subtests.
func (t *test) write(out io.Writer) {
	printed, result := t.lines()
	indent := strings.Repeat("    ", strings.Count(t.name, "/"))
	if result == "" {
		result = "--- FAIL: " + t.name + " (did not end)\n"
	}
	io.WriteString(out, indent+strings.TrimLeft(result, " "))
	for _, line := range printed {
		if strings.HasPrefix(line, "    ") {
			line = indent + line
		}
		io.WriteString(out, line)
	}
}

// reason returns the last message of a test that was skipped, on one line and without its place in the source.
func (t *test) reason() string {
	printed, _ := t.lines()
	for i := len(printed) - 1; i >= 0; i-- {
		place, message, found := strings.Cut(printed[i], ": ")
		if !found || !strings.Contains(place, ".go:") {
			continue
		}
		rest := strings.Join(printed[i+1:], " ")
		return strings.Join(strings.Fields(message+" "+rest), " ")
	}
	return "no reason given"
}
