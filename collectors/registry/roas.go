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

// ROAs reads VRPs, validated ROA payloads (RFC 6811): the JSON of rpki-client, Routinator, OctoRPKI and RIPE's validator, and CSV with
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

// Decode reads a file. Its day is that of its metadata, else one from the source or in its name.
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
	day, err := dayOf(raw, r.stated)
	if err != nil {
		return err
	}
	if len(r.rows) == 0 {
		return fmt.Errorf("%s: the file holds no payloads", raw.ID())
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

// roaReader collects the payloads of a file: the metadata with their day may follow them.
type roaReader struct {
	raw      archive.Raw
	into     *table.Commit
	stated   time.Time // by the metadata
	seen     int
	rejected int
	rows     []datasets.ROA
}

// skipBlanks skips the white space before the content.
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

// add adds a payload, or counts it as malformed.
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

// roa returns the row of a payload. Without a maximum length it is that of the prefix.
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
	length := p.Bits()
	if maxLength != nil {
		length = *maxLength
	}
	if length < p.Bits() || length > p.Addr().BitLen() {
		return row, fmt.Errorf("maximum length %d of %s", length, p)
	}
	row = datasets.ROA{ASN: uint32(n), Family: 4, Prefix: p.String(), PrefixLength: uint32(p.Bits()), MaxLength: uint32(length), TrustAnchor: anchor}
	if p.Addr().Is6() {
		row.Family = 6
	}
	return row, nil
}

// json reads {"metadata": {…}, "roas": [{…}, …]}; RIPE's validator calls the list data. Unknown keys are skipped.
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
			return r.truncated(fail(err))
		}
		switch key {
		case "roas", "data":
			if t, err := d.Token(); err != nil || t != json.Delim('[') {
				return fail(fmt.Errorf("%s is not a list (%v)", key, err))
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
					return r.truncated(fail(err))
				}
				if p.TA == "" {
					p.TA = p.TrustAnchor
				}
				r.add(fmt.Sprintf("byte %d", at), asnText(p.ASN), p.Prefix, p.MaxLength, p.TA)
			}
			if _, err := d.Token(); err != nil {
				return r.truncated(fail(err))
			}
		case "metadata":
			var m struct {
				BuildTime string `json:"buildtime"` // rpki-client
				Generated any    `json:"generated"` // seconds; Routinator also has generatedTime
				Time      string `json:"generatedTime"`
			}
			if err := d.Decode(&m); err != nil {
				return r.truncated(fail(err))
			}
			for _, text := range []string{m.BuildTime, m.Time} {
				if t, err := time.Parse(time.RFC3339, text); err == nil {
					r.stated = t
				}
			}
			if seconds, ok := m.Generated.(float64); ok && r.stated.IsZero() && seconds > 0 && seconds < 1e11 {
				r.stated = time.Unix(int64(seconds), 0)
			}
		default:
			var skipped json.RawMessage
			if err := d.Decode(&skipped); err != nil {
				return r.truncated(fail(err))
			}
		}
	}
	return nil
}

// truncated records that the file breaks off, which is an error only if no payload was read before.
func (r *roaReader) truncated(err error) error {
	if len(r.rows) == 0 {
		return err
	}
	r.into.Damage(err)
	return nil
}

// asnText returns the AS number of a payload as text.
func asnText(v any) string {
	switch v := v.(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		return v
	}
	return fmt.Sprint(v)
}

// csv reads lines of AS number, prefix, maximum length and trust anchor, with or without a header.
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
			return r.truncated(fmt.Errorf("%s: %w", r.raw.ID(), err))
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
				return fmt.Errorf("%s: line 1: the file is not a list of ROA payloads: %w", r.raw.ID(), err)
			}
		}
		r.add(fmt.Sprintf("line %d", line), record[0], record[1], maxLength, anchor)
	}
}
