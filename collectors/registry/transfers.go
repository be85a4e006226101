package registry

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
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
	"tidemark/internal/bounded"
)

// Transfers reads the regional registries' logs of transfers in the common format of the NRO, transfers_latest.json. A set of
// ranges may be an object with transfer_set, as since version 3, or the list itself.
type Transfers struct{ collectors.URLs }

// Name returns transfers.
func (Transfers) Name() string { return "transfers" }

// Form is that of a JSON object. A log of 2026 has some ten MB.
func (Transfers) Form() collectors.Form {
	return collectors.Form{Bytes: 256 << 20, Inflated: 512 << 20, Filled: true, Like: "{", Begins: collectors.Starting("{")}
}

// transferLog collects the transfers of a log: the version, which has its day and registry, may follow them.
type transferLog struct {
	raw            archive.Raw
	into           *table.Commit
	registry       string
	produced       time.Time
	kept, rejected int
	rows           []datasets.Transfer
	notes          map[string]int // keys that are not used
}

// Decode reads a log. Its day is that of its production, else one from the source or in its name.
func (Transfers) Decode(_ context.Context, raw archive.Raw, into *table.Commit) error {
	in, done, err := open(raw)
	if err != nil {
		return err
	}
	defer done()
	l := &transferLog{raw: raw, into: into, notes: map[string]int{}}
	window := bounded.NewWindow(in, maxObject)
	d := json.NewDecoder(window)
	if err := l.read(d, window); err != nil {
		err = fmt.Errorf("%s: byte %d: %w", raw.ID(), d.InputOffset(), err)
		if l.registry == "" || l.kept == 0 {
			return err
		}
		into.Damage(err)
	}
	switch {
	case l.registry == "":
		return fmt.Errorf("%s: the log names no producer (want version.producer, for example ARIN)", raw.ID())
	case l.kept == 0:
		return fmt.Errorf("%s: the log holds no transfers", raw.ID())
	}
	day, err := dayOf(raw, l.produced)
	if err != nil {
		return err
	}
	out, err := datasets.Transfers.Create(into, raw.Key(day))
	if err != nil {
		return err
	}
	out.Unit = "transfer"
	out.See(l.kept + l.rejected)
	out.Keep(l.kept)
	if l.rejected > 0 {
		out.Reject("malformed transfer", l.rejected)
	}
	for what, n := range l.notes {
		out.Note(what, n)
	}
	for i := range l.rows {
		l.rows[i].FileDate, l.rows[i].Registry = day, l.registry
	}
	return out.Append(l.rows...)
}

// read reads {"version": {…}, "transfers": [{…}, …]}.
func (l *transferLog) read(d *json.Decoder, window *bounded.Window) error {
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		return errors.Join(err, errors.New("the log is not an object"))
	}
	more := func() bool { window.Slide(d.InputOffset()); return d.More() }
	for more() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		switch key {
		case "version":
			err = l.version(d)
		case "transfers":
			err = l.transfers(d, more)
		default:
			l.notes["entry of the log that is not used"]++
			err = d.Decode(new(json.RawMessage))
		}
		if err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

func (l *transferLog) version(d *json.Decoder) error {
	var v struct {
		Producer string `json:"producer"`
		Produced string `json:"production_date"`
	}
	if err := d.Decode(&v); err != nil {
		return fmt.Errorf("version: %w", err)
	}
	if l.registry = registryKey(v.Producer); l.registry == "" {
		return fmt.Errorf("producer %.60q is not a regional registry", v.Producer)
	}
	if at := logTime(v.Produced); at != nil {
		l.produced = at.Truncate(24 * time.Hour)
	}
	return nil
}

func (l *transferLog) transfers(d *json.Decoder, more func() bool) error {
	if token, err := d.Token(); err != nil || token != json.Delim('[') {
		return errors.Join(err, fmt.Errorf("transfers %w", errNoList))
	}
	for more() {
		place := d.InputOffset()
		var t transfer
		err := d.Decode(&t)
		var wrong *json.UnmarshalTypeError
		if err != nil && !errors.As(err, &wrong) {
			return err
		}
		var rows []datasets.Transfer
		if err == nil {
			rows, err = t.rows(int64(l.kept + l.rejected + 1))
		}
		if err != nil {
			l.rejected++
			l.into.Damage(fmt.Errorf("%s: byte %d: %w", l.raw.ID(), place, err))
			continue
		}
		l.kept++
		l.rows = append(l.rows, rows...)
	}
	_, err := d.Token()
	return err
}

// transfer is a transfer of a log.
type transfer struct {
	IPv4       rangeSet     `json:"ip4nets"`
	IPv6       rangeSet     `json:"ip6nets"`
	ASNs       rangeSet     `json:"asns"`
	From       organization `json:"source_organization"`
	To         organization `json:"recipient_organization"`
	FromRIR    string       `json:"source_rir"`
	ToRIR      string       `json:"recipient_rir"`
	Registered string       `json:"source_registration_date"`
	Date       string       `json:"transfer_date"`
	Type       string       `json:"type"`
}

type organization struct {
	Name    string `json:"name"`
	Country string `json:"country_code"`
}

// rangeSet are the ranges that were transferred; what they were cut from, original_set, is not read.
type rangeSet []numberRange

type numberRange struct {
	StartAddress string `json:"start_address"`
	EndAddress   string `json:"end_address"`
	Start        any    `json:"start"` // AS numbers, as numbers or text
	End          any    `json:"end"`
}

// UnmarshalJSON reads {"transfer_set": [{…}, …]} or the list alone.
func (s *rangeSet) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '[' {
		return json.Unmarshal(text, (*[]numberRange)(s))
	}
	var set struct {
		Transferred []numberRange `json:"transfer_set"`
	}
	err := json.Unmarshal(text, &set)
	*s = set.Transferred
	return err
}

// rows returns a row for each range of a transfer.
func (t *transfer) rows(number int64) (rows []datasets.Transfer, err error) {
	common := datasets.Transfer{Number: number, Transferred: logTime(t.Date), TransferType: strings.TrimSpace(t.Type),
		From: t.From.Name, FromCountry: t.From.Country, FromRegistry: registryKey(t.FromRIR), FromRegistration: logTime(t.Registered),
		To: t.To.Name, ToCountry: t.To.Country, ToRegistry: registryKey(t.ToRIR)}
	if common.FromRegistration != nil {
		*common.FromRegistration = common.FromRegistration.Truncate(24 * time.Hour)
	}
	for _, group := range []struct {
		resource string
		ranges   rangeSet
	}{{"ipv4", t.IPv4}, {"ipv6", t.IPv6}, {"asn", t.ASNs}} {
		for _, r := range group.ranges {
			row := common
			row.Resource = group.resource
			if group.resource == "asn" {
				err = setNumbers(&row, r)
			} else {
				err = setAddresses(&row, r)
			}
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return nil, errors.New("a transfer of nothing")
	}
	return rows, nil
}

func setNumbers(row *datasets.Transfer, r numberRange) error {
	first, err := parseASN(asnText(r.Start))
	if err != nil {
		return err
	}
	last, err := parseASN(asnText(r.End))
	if err != nil {
		return err
	}
	if last < first {
		return fmt.Errorf("AS numbers %d to %d", first, last)
	}
	row.Start, row.End = strconv.FormatUint(uint64(first), 10), strconv.FormatUint(uint64(last), 10)
	row.Size = float64(last-first) + 1
	return nil
}

func setAddresses(row *datasets.Transfer, r numberRange) error {
	first, err := logAddress(r.StartAddress)
	if err != nil {
		return err
	}
	last, err := logAddress(r.EndAddress)
	if err != nil {
		return err
	}
	if first.Is4() != (row.Resource == "ipv4") || last.Is4() != first.Is4() || last.Less(first) {
		return fmt.Errorf("%s addresses %.60q to %.60q", row.Resource, r.StartAddress, r.EndAddress)
	}
	row.Start, row.End = first.String(), last.String()
	if first.Is4() {
		a, b := first.As4(), last.As4()
		row.Size = float64(binary.BigEndian.Uint32(b[:])-binary.BigEndian.Uint32(a[:])) + 1
		return nil
	}
	a, b := first.As16(), last.As16()
	row.Size = float64(binary.BigEndian.Uint64(b[:8]) - binary.BigEndian.Uint64(a[:8]))
	if binary.BigEndian.Uint64(a[8:]) == 0 && binary.BigEndian.Uint64(b[8:]) == ^uint64(0) {
		row.Size++
	}
	return nil
}

// logAddress parses an address; ARIN writes IPv4 addresses with leading zeros, which are decimal.
func logAddress(text string) (netip.Addr, error) {
	octets := strings.Split(strings.TrimSpace(text), ".")
	for i, o := range octets {
		if len(octets) == 4 && o != "" && len(o) <= 3 {
			octets[i] = cmp.Or(strings.TrimLeft(o, "0"), "0")
		}
	}
	address, err := netip.ParseAddr(strings.Join(octets, "."))
	if err != nil || address.Zone() != "" || address.Is4In6() {
		return netip.Addr{}, fmt.Errorf("address %.60q", text)
	}
	return address, nil
}

// registryKey returns a regional registry as the delegation files name it; empty if the text names none.
func registryKey(text string) string {
	key := strings.NewReplacer(" ", "", "-", "").Replace(strings.ToLower(text))
	if key == "ripe" {
		key = "ripencc"
	}
	if !slices.Contains(rirs, key) || key == "iana" || key == "nro" {
		return ""
	}
	return key
}

// logTime parses a time of a log, or a day; nil if it is none.
func logTime(text string) *time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly, "20060102"} {
		if t, err := time.Parse(layout, strings.TrimSpace(text)); err == nil && t.Year() >= 1970 && t.Year() < 2200 {
			t = t.UTC()
			return &t
		}
	}
	return nil
}
