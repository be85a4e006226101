package registry

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// ROAs reads validated ROA payloads: the JSON of rpki-client, Routinator, OctoRPKI and RIPE's validator, and CSV with
// the columns ASN, IP Prefix, Max Length, Trust Anchor.
type ROAs struct{ collectors.URLs }

// Name returns roas.
func (ROAs) Name() string { return "roas" }

// payload is an entry of the JSON forms.
type payload struct {
	ASN         any    `json:"asn"` // number, "64496" or "AS64496"
	Prefix      string `json:"prefix"`
	MaxLength   *int   `json:"maxLength"`
	TA          string `json:"ta"`
	TrustAnchor string `json:"trustAnchor"`
}

// Decode reads a file. Its day is the one that its metadata tell.
func (ROAs) Decode(ctx context.Context, raw archive.Raw, into *table.Commit) error {
	in, done, err := open(raw)
	if err != nil {
		return err
	}
	defer done()
	r := &roaReader{raw: raw, into: into}
	if err := r.skipBlanks(in); err != nil {
		return err
	}
	if first, _ := in.Peek(1); first[0] == '{' {
		err = r.json(in)
	} else {
		err = r.csv(in)
	}
	if err != nil {
		return err
	}
	day, err := dayOf(raw, r.told)
	if err != nil {
		return err
	}
	if len(r.rows) == 0 {
		return fmt.Errorf("%s: the file holds no payload", raw.ID())
	}
	out, err := datasets.ROAs.Create(into, raw.Key(day))
	if err != nil {
		return err
	}
	out.Unit = "payload"
	out.See(r.seen)
	out.Keep(len(r.rows))
	if rejected := r.rejected; rejected > 0 {
		out.Reject("malformed payload", rejected)
	}
	for i := range r.rows {
		r.rows[i].FileDate = day
	}
	return out.Append(r.rows...)
}

// roaReader collects the payloads of one file: their day may stand behind them.
type roaReader struct {
	raw      archive.Raw
	into     *table.Commit
	told     time.Time
	seen     int
	rejected int
	rows     []datasets.ROA
}

func (r *roaReader) skipBlanks(in *bufio.Reader) error {
	for {
		b, err := in.ReadByte()
		if err != nil {
			return fmt.Errorf("%s: %w", r.raw.ID(), err)
		}
		if b > ' ' {
			return in.UnreadByte()
		}
	}
}

func (r *roaReader) add(place string, asn, prefix string, maxLength *int, anchor string) {
	r.seen++
	row, err := roa(asn, prefix, maxLength, anchor)
	if err != nil {
		r.rejected++
		r.into.Damage(fmt.Errorf("%s: %s: %w", r.raw.ID(), place, err))
		return
	}
	r.rows = append(r.rows, row)
}

func roa(asn, prefix string, maxLength *int, anchor string) (row datasets.ROA, err error) {
	digits := strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(asn)), "AS")
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return row, fmt.Errorf("AS number %q", asn)
	}
	p, err := netip.ParsePrefix(strings.TrimSpace(prefix))
	if err != nil {
		return row, err
	}
	if p != p.Masked() {
		return row, fmt.Errorf("prefix %s has bits past its length", prefix)
	}
	most := p.Bits()
	if maxLength != nil {
		most = *maxLength
	}
	if most < p.Bits() || most > p.Addr().BitLen() {
		return row, fmt.Errorf("maximum length %d of %s", most, p)
	}
	row = datasets.ROA{ASN: uint32(n), Family: 4, Prefix: p.String(), PrefixLength: uint32(p.Bits()), MaxLength: uint32(most), TrustAnchor: anchor}
	if p.Addr().Is6() {
		row.Family = 6
	}
	return row, nil
}

// json streams {"metadata": {…}, "roas": [{…}, …]}; RIPE's validator calls the list data. What is not known is skipped.
func (r *roaReader) json(in io.Reader) error {
	d := json.NewDecoder(in)
	fail := func(err error) error {
		return fmt.Errorf("%s: byte %d: %w", r.raw.ID(), d.InputOffset(), err)
	}
	if _, err := d.Token(); err != nil {
		return fail(err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return r.cut(fail(err))
		}
		switch key {
		case "roas", "data":
			if t, err := d.Token(); err != nil || t != json.Delim('[') {
				return fail(fmt.Errorf("%s is no list (%v)", key, err))
			}
			for d.More() {
				at := d.InputOffset()
				var p payload
				if err := d.Decode(&p); err != nil {
					if _, wrong := err.(*json.UnmarshalTypeError); wrong {
						r.seen++
						r.rejected++
						r.into.Damage(fmt.Errorf("%s: byte %d: %w", r.raw.ID(), at, err))
						continue
					}
					return r.cut(fail(err))
				}
				if p.TA == "" {
					p.TA = p.TrustAnchor
				}
				r.add(fmt.Sprintf("byte %d", at), asnText(p.ASN), p.Prefix, p.MaxLength, p.TA)
			}
			if _, err := d.Token(); err != nil {
				return r.cut(fail(err))
			}
		case "metadata":
			var m struct {
				BuildTime string `json:"buildtime"` // rpki-client
				Generated any    `json:"generated"` // seconds; Routinator also has generatedTime
				Time      string `json:"generatedTime"`
			}
			if err := d.Decode(&m); err != nil {
				return r.cut(fail(err))
			}
			for _, text := range []string{m.BuildTime, m.Time} {
				if t, err := time.Parse(time.RFC3339, text); err == nil {
					r.told = t
				}
			}
			if seconds, ok := m.Generated.(float64); ok && r.told.IsZero() && seconds > 0 && seconds < 1e11 {
				r.told = time.Unix(int64(seconds), 0)
			}
		default:
			var skipped json.RawMessage
			if err := d.Decode(&skipped); err != nil {
				return r.cut(fail(err))
			}
		}
	}
	return nil
}

// cut keeps the payloads before a place where the file breaks off.
func (r *roaReader) cut(err error) error {
	if len(r.rows) == 0 {
		return err
	}
	r.into.Damage(err)
	return nil
}

func asnText(v any) string {
	switch v := v.(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		return v
	}
	return fmt.Sprint(v)
}

// csv reads ASN, prefix, maximum length and trust anchor; a first line that is no payload is the header.
func (r *roaReader) csv(in io.Reader) error {
	lines := csv.NewReader(in)
	lines.FieldsPerRecord = -1
	lines.ReuseRecord = true
	for first := true; ; first = false {
		record, err := lines.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			if _, malformed := err.(*csv.ParseError); malformed {
				r.seen++
				r.rejected++
				r.into.Damage(fmt.Errorf("%s: %w", r.raw.ID(), err))
				continue
			}
			return r.cut(fmt.Errorf("%s: %w", r.raw.ID(), err))
		}
		line, _ := lines.FieldPos(0)
		if first && strings.EqualFold(strings.TrimPrefix(record[0], "\ufeff"), "ASN") {
			continue
		}
		if len(record) < 3 {
			record = append(record, "", "", "")
		}
		var maxLength *int
		if n, err := strconv.Atoi(strings.TrimSpace(record[2])); err == nil {
			maxLength = &n
		}
		anchor := ""
		if len(record) > 3 && record[3] != "True" && record[3] != "False" {
			anchor = record[3]
		}
		if first {
			if _, err := roa(record[0], record[1], maxLength, anchor); err != nil {
				return fmt.Errorf("%s: line 1: this is no list of ROA payloads: %w", r.raw.ID(), err)
			}
		}
		r.add(fmt.Sprintf("line %d", line), record[0], record[1], maxLength, anchor)
	}
}
