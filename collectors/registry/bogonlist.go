package registry

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// BogonList reads lists of bogons, one prefix per line, as Team Cymru publishes them.
type BogonList struct{ collectors.URLs }

// Name returns bogon-list.
func (BogonList) Name() string { return "bogon-list" }

// Form is a list of prefixes. The largest list, of IPv6, has 3 MB.
func (BogonList) Form() collectors.Form {
	return collectors.Form{Bytes: 64 << 20, Inflated: 64 << 20, Filled: true, Like: "a prefix",
		Begins: collectors.InFirstLine("#", func(line string) bool { _, err := netip.ParsePrefix(line); return err == nil })}
}

var lastUpdated = regexp.MustCompile(`^#\s*last updated (\d{9,11})\b`)

// Decode reads a list. Its first line tells the time.
func (BogonList) Decode(_ context.Context, raw archive.Raw, into *table.Commit) error {
	in, done, err := open(raw)
	if err != nil {
		return err
	}
	defer done()
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 4096), maxLine)
	var told time.Time
	var prefixes []netip.Prefix
	var wrong []error
	n, twice := 0, 0
	seen := map[netip.Prefix]bool{}
	for lines.Scan() {
		n++
		line := strings.TrimSpace(lines.Text())
		if m := lastUpdated.FindStringSubmatch(line); m != nil && told.IsZero() {
			seconds, _ := strconv.ParseInt(m[1], 10, 64)
			told = time.Unix(seconds, 0).UTC()
		}
		if line == "" || line[0] == '#' {
			continue
		}
		p, err := netip.ParsePrefix(line)
		if err != nil || p != p.Masked() {
			wrong = append(wrong, fmt.Errorf("%s: line %d: invalid prefix %.60q", raw.ID(), n, line))
			continue
		}
		if seen[p] {
			twice++
			continue
		}
		seen[p] = true
		prefixes = append(prefixes, p)
	}
	if err := lines.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("a line is over %d bytes", maxLine)
		}
		return fmt.Errorf("%s: line %d: %w", raw.ID(), n+1, err)
	}
	if len(prefixes) == 0 {
		return fmt.Errorf("%s: the list holds no prefixes", raw.ID())
	}
	day, err := dayOf(raw, told)
	if err != nil {
		return err
	}
	out, err := datasets.BogonPrefixes.Create(into, raw.Key(day))
	if err != nil {
		return err
	}
	out.Unit = "prefix"
	out.See(len(prefixes) + len(wrong) + twice)
	out.Keep(len(prefixes))
	if twice > 0 {
		out.Reject("listed before", twice)
	}
	for _, err := range wrong {
		out.Reject("malformed prefix", 1)
		into.Damage(err)
	}
	slices.SortFunc(prefixes, func(a, b netip.Prefix) int {
		return cmp.Or(cmp.Compare(a.Addr().BitLen(), b.Addr().BitLen()), a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
	})
	for _, p := range prefixes {
		row := datasets.BogonPrefix{FileDate: day, List: raw.Name, Family: 4, Prefix: p.String(), PrefixLength: uint32(p.Bits())}
		if p.Addr().Is6() {
			row.Family = 6
		}
		if err := out.Append(row); err != nil {
			return err
		}
	}
	return nil
}
