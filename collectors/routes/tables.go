package routes

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/fault"
	"tidemark/internal/netaddr"
)

// Tables reads tables of prefixes and origins that others made from dumps: RIPE's riswhois, CAIDA's pfx2as, pyasn's files,
// and plain lists of prefixes. They have neither peers nor paths, so metrics that need these are left out of table_stats.
type Tables struct{ collectors.URLs }

// Name returns prefix-origins.
func (Tables) Name() string { return "prefix-origins" }

// Form is that of lines: tables of 2026 have 60 MB.
func (Tables) Form() collectors.Form {
	return collectors.Form{Bytes: 1 << 30, Inflated: 2 << 30, Filled: true}
}

// maxTableLine is the longest line accepted, in bytes; real ones are shorter than 200.
const maxTableLine = 64 << 10

// Decode reads a table. The first line with a prefix determines the form.
func (Tables) Decode(ctx context.Context, raw archive.Raw, into *table.Commit) error {
	content, err := raw.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	t := tableReader{rib: newRIB(), raw: raw, into: into}
	if err := t.read(ctx, content); err != nil {
		return err
	}
	if t.form == "" {
		return fmt.Errorf("%s: the file holds no prefix", raw.ID())
	}
	if !raw.Day.IsZero() && !raw.Day.Equal(t.told.Truncate(24*time.Hour)) {
		t.told = raw.Day
	}
	if t.told.IsZero() {
		if t.told, err = raw.DayOf(time.Time{}); err != nil {
			return err
		}
	}
	return t.write()
}

// tableReader collects the routes of a table.
type tableReader struct {
	*rib
	raw  archive.Raw
	into *table.Commit
	form string    // riswhois, pfx2as, pyasn or prefix-list; empty: not known yet
	told time.Time // time given in the header
	kept int
	bad  int
}

var (
	risHeader   = regexp.MustCompile(`^% This file was generated on (\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4} UTC)`)
	pyasnHeader = regexp.MustCompile(`^; Original file : .*rib[\w.]*\.(\d{8}\.\d{4})\b`)
)

func (t *tableReader) read(ctx context.Context, in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 64<<10), maxTableLine)
	n := 0
	for lines.Scan() {
		if n++; n%65536 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		if strings.IndexByte("%;#[", line[0]) >= 0 {
			t.header(line)
			continue
		}
		if err := t.line(line); err != nil {
			if t.form == "" {
				return fmt.Errorf("%s: line %d: %w: this is not a table of prefixes", t.raw.ID(), n, err)
			}
			t.bad++
			t.into.Damage(fmt.Errorf("%s: line %d: %w", t.raw.ID(), n, err))
		}
	}
	if err := lines.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("a line is over %d bytes", maxTableLine)
		}
		t.into.Damage(fmt.Errorf("%s: line %d: %w", t.raw.ID(), n+1, err))
	}
	return nil
}

func (t *tableReader) header(line string) {
	if m := risHeader.FindStringSubmatch(line); m != nil {
		if told, err := time.Parse("Mon Jan _2 15:04:05 2006 MST", m[1]); err == nil {
			t.told = told.UTC()
		}
	}
	if m := pyasnHeader.FindStringSubmatch(line); m != nil {
		if told, err := time.Parse("20060102.1504", m[1]); err == nil {
			t.told = told
		}
	}
}

// line parses a line: "ORIGIN PREFIX PEERS" of riswhois, "ADDRESS LENGTH ORIGINS" of pfx2as, "PREFIX ORIGIN" of pyasn, or a
// prefix alone.
func (t *tableReader) line(line string) error {
	f := strings.Fields(line)
	form, prefix, origins, peers := "", "", "", uint64(0)
	var err error
	switch {
	case len(f) == 3 && strings.Contains(f[1], "/"):
		form, origins, prefix = "riswhois", f[0], f[1]
		peers, err = strconv.ParseUint(f[2], 10, 16)
	case len(f) == 3:
		form, prefix, origins = "pfx2as", f[0]+"/"+f[1], f[2]
	case len(f) == 2:
		form, prefix, origins = "pyasn", f[0], f[1]
	case len(f) == 1:
		form, prefix = "prefix-list", f[0]
	}
	if err != nil || form == "" || t.form != "" && form != t.form {
		return fmt.Errorf("%.60q is not a line of the form %s", line, t.form)
	}
	p, err := netip.ParsePrefix(prefix)
	if err != nil {
		return err
	}
	var all []origin
	for _, text := range strings.Split(origins, "_") { // pfx2as: several origins
		o, err := t.origin(text)
		if err != nil {
			return fmt.Errorf("invalid origin %.60q (want an AS number or an AS_SET)", origins)
		}
		all = append(all, o)
	}
	t.form = form
	for _, o := range all {
		t.routes = append(t.routes, route{prefix: p.Masked(), origin: o, set: t.sets.id(nil), entries: uint32(peers)})
		t.kept++
	}
	return nil
}

// origin parses an AS number, 3.10 being 196618 (RFC 5396), or an AS_SET as {1,2} or 1,2. An empty text is not an origin, and so is
// Local, which riswhois writes for a route of the collector itself, whose path is empty.
func (t *tableReader) origin(text string) (origin, error) {
	if text == "" || text == "Local" {
		return 0, nil
	}
	var set []uint32
	for _, member := range strings.Split(strings.Trim(text, "{}"), ",") {
		high, low, dotted := strings.Cut(member, ".")
		if !dotted {
			high, low = "0", member
		}
		n, err := strconv.ParseUint(low, 10, 32)
		m, err2 := strconv.ParseUint(high, 10, 16)
		if err != nil || err2 != nil || dotted && n > 65535 {
			return 0, fmt.Errorf("invalid AS number %q", member)
		}
		set = append(set, uint32(m<<16|n))
	}
	if len(set) == 1 && text[0] != '{' {
		return origin(set[0]), nil
	}
	slices.Sort(set)
	return t.setOrigin(slices.Compact(set)), nil
}

func (t *tableReader) write() error {
	d := dump{file: t.raw.ID(), collector: t.raw.Collector, time: t.told, source: t.form}
	if d.collector == "" {
		d.collector = t.form
	}
	key := t.raw.SharedKey(t.told.Truncate(24 * time.Hour))
	routes, err := datasets.Routes.Create(t.into, key)
	if err != nil {
		return err
	}
	routes.Unit = "prefix and origin"
	routes.See(t.kept + t.bad)
	routes.Keep(t.kept)
	routes.Reject("malformed line", t.bad)
	stats, err := datasets.TableStats.Create(t.into, key)
	if err != nil {
		return err
	}
	t.sort()
	var group errgroup.Group
	group.Go(fault.Guarded(func() error { return t.writeTableStats(d, stats) }))
	group.Go(fault.Guarded(func() error { return t.writeRoutes(d, nil, routes) }))
	return group.Wait()
}

// Metrics that are unknown for a table without peers and paths, without origins, or with one origin for each prefix.
var (
	withoutPaths   = []string{"entries", "transit_ases", "stub_ases", "unique_paths"}
	withoutOrigins = []string{"routes", "origin_ases", "asns_32bit", "moas_prefixes", "as_set_prefixes"}
	withOneOrigin  = []string{"routes", "moas_prefixes", "as_set_prefixes"} // pyasn has one origin for each prefix
)

func (t *tableReader) writeTableStats(d dump, out *table.Writer[datasets.TableStat]) error {
	out.Unit = "metric"
	for _, fam := range []uint32{4, 6} {
		if !slices.ContainsFunc(t.routes, func(r route) bool { return netaddr.Family(r.prefix.Addr()) == fam }) {
			continue
		}
		together, _ := t.vantages(fam)
		rows := together.rows(datasets.TableStat{Collector: d.collector, DumpTime: d.time, Source: d.source, Family: fam})
		rows = slices.DeleteFunc(rows, func(r datasets.TableStat) bool {
			return slices.Contains(withoutPaths, r.Metric) || d.source == "prefix-list" && slices.Contains(withoutOrigins, r.Metric) ||
				d.source == "pyasn" && slices.Contains(withOneOrigin, r.Metric)
		})
		slices.SortStableFunc(rows, compareStats)
		out.See(len(rows))
		out.Keep(len(rows))
		if err := out.Append(rows...); err != nil {
			return err
		}
	}
	return nil
}
