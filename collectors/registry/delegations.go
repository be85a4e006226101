package registry

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Delegations reads the RIRs' delegation statistics, plain and extended, with lines
// registry|cc|type|start|value|date|status[|opaque-id].
type Delegations struct{ collectors.URLs }

// Name returns delegations.
func (Delegations) Name() string { return "delegations" }

// Form is that of a version line. The largest file, RIPE NCC's, has 20 MB.
func (Delegations) Form() collectors.Form {
	return collectors.Form{Bytes: 256 << 20, Inflated: 256 << 20, Filled: true, Like: "a version line with fields between |",
		Begins: collectors.InFirstLine("#", func(line string) bool { return strings.Count(line, "|") >= 5 })}
}

var (
	rirs     = []string{"afrinic", "apnic", "arin", "iana", "lacnic", "nro", "ripencc"}
	statuses = []string{"allocated", "assigned", "available", "reserved"}
	// holders are what IANA's own file has in the place of the status.
	holders = []string{"afrinic", "apnic", "arin", "iana", "ietf", "lacnic", "ripencc"}
)

// maxLine is the longest line accepted, in bytes; real files have lines of less than 200.
const maxLine = 64 << 10

// Decode reads a file. Its day is the end date of the version line.
func (Delegations) Decode(ctx context.Context, raw archive.Raw, into *table.Commit) error {
	in, done, err := open(raw)
	if err != nil {
		return err
	}
	defer done()
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 4096), maxLine)
	var out *table.Writer[datasets.Delegation]
	var day time.Time
	var batch []datasets.Delegation
	summary, counted := map[string]int{}, map[string]int{}
	n := 0
	for lines.Scan() {
		n++
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		fields := strings.Split(line, "|")
		if out == nil { // version|registry|serial|records|startdate|enddate|UTCoffset
			if len(fields) < 6 || !slices.Contains(rirs, fields[1]) {
				return fmt.Errorf("%s: line %d: invalid version line %.60q of a delegation file", raw.ID(), n, line)
			}
			if day, err = delegationDay(raw, fields); err != nil {
				return err
			}
			if out, err = datasets.Delegations.Create(into, raw.Key(day)); err != nil {
				return err
			}
			out.Unit = "record"
			continue
		}
		if len(fields) >= 6 && fields[len(fields)-1] == "summary" {
			if records, err := strconv.Atoi(fields[4]); err == nil {
				summary[fields[2]] = records
			}
			continue
		}
		out.See(1)
		row, err := delegation(fields)
		if err != nil {
			out.Reject("malformed record", 1)
			into.Damage(fmt.Errorf("%s: line %d: %w", raw.ID(), n, err))
			continue
		}
		out.Keep(1)
		counted[row.Type]++
		row.FileDate = day
		if batch = append(batch, row); len(batch) == 4096 {
			if err := out.Append(batch...); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	if err := lines.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("a line is over %d bytes", maxLine)
		}
		into.Damage(fmt.Errorf("%s: line %d: %w", raw.ID(), n+1, err))
	}
	if out == nil {
		return fmt.Errorf("%s: the file has no version line", raw.ID())
	}
	for _, kind := range []string{"asn", "ipv4", "ipv6"} {
		if want, ok := summary[kind]; ok && want != counted[kind] {
			out.Note("records fewer or more than the summary says", 1)
			into.Damage(fmt.Errorf("%s: the summary line says %d %s records, the file has %d", raw.ID(), want, kind, counted[kind]))
		}
	}
	return out.Append(batch...)
}

// delegationDay returns the day of a file with that version line.
func delegationDay(raw archive.Raw, version []string) (time.Time, error) {
	stated, _ := time.Parse("20060102", version[5])
	return dayOf(raw, stated)
}

// delegation returns the row of a record.
func delegation(fields []string) (row datasets.Delegation, err error) {
	if len(fields) < 7 {
		return row, fmt.Errorf("%d fields instead of 7 or more", len(fields))
	}
	row = datasets.Delegation{Registry: fields[0], Country: fields[1], Type: fields[2], Start: fields[3], Status: strings.ToLower(fields[6])}
	if !slices.Contains(rirs, row.Registry) {
		return row, fmt.Errorf("registry %q", row.Registry)
	}
	if !slices.Contains(statuses, row.Status) && !(row.Registry == "iana" && slices.Contains(holders, row.Status)) {
		return row, fmt.Errorf("status %q", row.Status)
	}
	if row.Value, err = strconv.ParseInt(fields[4], 10, 64); err != nil || row.Value < 0 {
		return row, fmt.Errorf("value %q", fields[4])
	}
	switch row.Type {
	case "asn":
		if _, err := strconv.ParseUint(row.Start, 10, 32); err != nil {
			return row, fmt.Errorf("AS number %q", row.Start)
		}
	case "ipv4", "ipv6":
		address, err := netip.ParseAddr(row.Start)
		if err != nil || address.Is4() != (row.Type == "ipv4") {
			return row, fmt.Errorf("%s address %q", row.Type, row.Start)
		}
		if row.Type == "ipv6" && row.Value > 128 {
			return row, fmt.Errorf("prefix length %d", row.Value)
		}
	default:
		return row, fmt.Errorf("type %q", row.Type)
	}
	if d, err := time.Parse("20060102", fields[5]); err == nil {
		row.Date = &d
	}
	if len(fields) > 7 {
		row.OpaqueID = fields[7]
	}
	return row, nil
}
