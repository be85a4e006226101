package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"tidemark/internal/atomicfile"
)

// gauges is a set of metrics of type gauge. It is written in the text format of Prometheus, version 0.0.4:
// https://prometheus.io/docs/instrumenting/exposition_formats/
type gauges []*gauge

type gauge struct {
	name, help string
	labels     []string
	samples    []sample
}

type sample struct {
	values []string // of the gauge's labels, in their order
	value  float64
}

// add returns a new gauge of the set.
func (all *gauges) add(name, help string, labels ...string) *gauge {
	g := &gauge{name: "tidemark_" + name, help: help, labels: labels}
	*all = append(*all, g)
	return g
}

// set adds a sample, with one value for each label of the gauge.
func (g *gauge) set(value float64, labels ...string) {
	g.samples = append(g.samples, sample{labels, value})
}

// text returns the gauges by name and their samples by the values of their labels. A gauge without samples is left out.
func (all gauges) text() []byte {
	var b []byte
	slices.SortFunc(all, func(x, y *gauge) int { return strings.Compare(x.name, y.name) })
	for _, g := range all {
		if len(g.samples) > 0 {
			b = g.appendText(b)
		}
	}
	return b
}

var (
	helpEscapes  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	valueEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)

func (g *gauge) appendText(b []byte) []byte {
	b = fmt.Appendf(b, "# HELP %s %s\n# TYPE %s gauge\n", g.name, helpEscapes.Replace(g.help), g.name)
	slices.SortFunc(g.samples, func(x, y sample) int { return slices.Compare(x.values, y.values) })
	for _, s := range g.samples {
		b = append(b, g.name...)
		separator := byte('{')
		for i, label := range g.labels {
			b = append(b, separator)
			b = fmt.Appendf(b, `%s="%s"`, label, valueEscapes.Replace(s.values[i]))
			separator = ','
		}
		if len(g.labels) > 0 {
			b = append(b, '}')
		}
		b = append(b, ' ')
		b = strconv.AppendFloat(b, s.value, 'g', -1, 64)
		b = append(b, '\n')
	}
	return b
}

// replaceTextfile replaces the file as a whole. The temporary file beside it must not end in ".prom": node exporter reads
// every file of that name, also one that begins with a dot.
func replaceTextfile(path string, text []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	temp, err := os.CreateTemp(dir, filepath.Base(path))
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(text)
	if e := temp.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	if err := os.Chmod(temp.Name(), 0o644); err != nil { // the exporter runs as another user
		return err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	return atomicfile.SyncDir(dir)
}
