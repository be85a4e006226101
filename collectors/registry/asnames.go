package registry

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/bounded"
)

// ASNames reads lists of AS names: RIPE's asn.txt (a line "3333 NAME Organisation, CC"), Potaroo's with a tab behind the number
// and no space before the country, and the JSON object of the same texts by number.
type ASNames struct{ collectors.URLs }

// Name returns as-names.
func (ASNames) Name() string { return "as-names" }

// Form is JSON, or a line with a number. RIPE's list has 4 MB.
func (ASNames) Form() collectors.Form {
	return collectors.Form{Bytes: 64 << 20, Inflated: 256 << 20, Filled: true, Like: "{ or an AS number",
		Begins: func(start []byte) bool {
			return start[0] == '{' || collectors.InFirstLine("#", func(line string) bool {
				number, _, _ := strings.Cut(strings.TrimPrefix(line, "AS"), " ")
				return number != "" && number[0] >= '0' && number[0] <= '9'
			})(start)
		}}
}

// maxNames is the largest number of names accepted; there are 120,000 today.
const maxNames = 4_000_000

var countryCode = regexp.MustCompile(`^[A-Z]{2}$`)

// Decode reads a list.
func (ASNames) Decode(_ context.Context, raw archive.Raw, into *table.Commit) error {
	day, err := dayOf(raw, time.Time{})
	if err != nil {
		return err
	}
	in, done, err := open(raw)
	if err != nil {
		return err
	}
	defer done()
	out, err := datasets.ASNames.Create(into, raw.Key(day))
	if err != nil {
		return err
	}
	out.Unit = "name"
	names := map[uint32]datasets.ASName{}
	add := func(place, number, text string) error {
		out.See(1)
		asn, err := strconv.ParseUint(strings.TrimPrefix(number, "AS"), 10, 32)
		switch {
		case err != nil || strings.TrimSpace(text) == "":
			out.Reject("malformed line", 1)
			into.Damage(fmt.Errorf("%s: %s: invalid line %.60q (want an AS number and a name)", raw.ID(), place, number+" "+text))
			return nil
		case len(names) >= maxNames:
			return fmt.Errorf("%s: %s: too many names (at most %d are read)", raw.ID(), place, maxNames)
		}
		if _, twice := names[uint32(asn)]; twice {
			out.Reject("second name of an AS", 1)
			return nil
		}
		out.Keep(1)
		row := datasets.ASName{FileDate: day, ASN: uint32(asn), Name: strings.Join(strings.Fields(text), " ")}
		if comma := strings.LastIndex(row.Name, ","); comma > 0 {
			if country := strings.TrimSpace(row.Name[comma+1:]); countryCode.MatchString(country) {
				row.Name, row.Country = strings.TrimSpace(row.Name[:comma]), country
			}
		}
		names[row.ASN] = row
		return nil
	}
	if start, _ := in.Peek(64); bytes.HasPrefix(bytes.TrimSpace(start), []byte("{")) {
		err = readNamesJSON(in, add)
	} else {
		err = readNamesText(in, add)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", raw.ID(), err)
	}
	if len(names) == 0 {
		return fmt.Errorf("%s: the list holds no names", raw.ID())
	}
	rows := make([]datasets.ASName, 0, len(names))
	for _, row := range names {
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b datasets.ASName) int { return cmp.Compare(a.ASN, b.ASN) })
	return out.Append(rows...)
}

// readNamesText calls add for every line of RIPE's form.
func readNamesText(in io.Reader, add func(place, number, text string) error) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 4096), maxLine)
	n := 0
	for lines.Scan() {
		n++
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		line = toUTF8(line) // lists of before 2020 have names in ISO 8859-1
		number, text := line, ""
		if space := strings.IndexFunc(line, unicode.IsSpace); space > 0 {
			number, text = line[:space], line[space:]
		}
		if err := add(fmt.Sprintf("line %d", n), number, text); err != nil {
			return err
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("line %d: the line is longer than %d bytes", n+1, maxLine)
	}
	return lines.Err()
}

// readNamesJSON calls add for every key and value of the JSON form.
func readNamesJSON(in io.Reader, add func(place, number, text string) error) error {
	window := bounded.NewWindow(in, maxLine)
	d := json.NewDecoder(window)
	if _, err := d.Token(); err != nil {
		return err
	}
	for window.Slide(d.InputOffset()); d.More(); window.Slide(d.InputOffset()) {
		key, err := d.Token()
		if err != nil {
			return fmt.Errorf("byte %d: %w", d.InputOffset(), err)
		}
		var text string
		if err := d.Decode(&text); err != nil {
			return fmt.Errorf("byte %d: %w", d.InputOffset(), err)
		}
		if err := add(fmt.Sprintf("byte %d", d.InputOffset()), key.(string), text); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}
