package registry

import (
	"bufio"
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/bounded"
)

// ROAs reads what an RPKI validator publishes: validated ROA payloads (RFC 6811), ASPAs and router keys (RFC 8635) in the JSON
// of rpki-client, Routinator, OctoRPKI, RIPE's validator and RIPEstat, and ROA payloads in CSV with a header or with the columns ASN,
// IP Prefix, Max Length, Trust Anchor. Other objects are counted.
type ROAs struct{ collectors.URLs }

// Name returns roas.
func (ROAs) Name() string { return "roas" }

// Form is JSON, or CSV with a header or an AS number. Files of 2026 have 105 MB; RPKIviews' archives, which hold every signed object
// too, have 590 MB and inflate to some three times that.
func (ROAs) Form() collectors.Form {
	return collectors.Form{Bytes: 2 << 30, Inflated: 2 << 30, Tar: 16 << 30, Filled: true, Like: "{ or a line of CSV",
		Begins: func(start []byte) bool {
			return start[0] == '{' || collectors.InFirstLine("", func(line string) bool { return strings.Contains(line, ",") })(start)
		}}
}

// Decode reads a file. Its day is that of its metadata, else one from the source or in its name.
func (ROAs) Decode(ctx context.Context, raw archive.Raw, into *table.Commit) error {
	in, done, err := open(raw)
	if err != nil {
		return err
	}
	defer done()
	r := &rpkiReader{raw: raw, into: into, notes: map[string]int{}}
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
	return r.commit(raw.Key(day), day)
}

// rpkiReader collects the objects of a file: the metadata with their day may follow them.
type rpkiReader struct {
	raw    archive.Raw
	into   *table.Commit
	stated time.Time // by the metadata
	roas   objects[datasets.ROA]
	aspas  objects[datasets.ASPA]
	keys   objects[datasets.RouterKey]
	notes  map[string]int  // what is not used
	window *bounded.Window // on the JSON
}

// objects are those of one sort.
type objects[Row any] struct {
	kept, rejected int
	rows           []Row
}

// add adds the rows of an object, or counts it as malformed.
func (o *objects[Row]) add(r *rpkiReader, place string, err error, rows ...Row) {
	if err != nil {
		o.rejected++
		r.into.Damage(fmt.Errorf("%s: %s: %w", r.raw.ID(), place, err))
		return
	}
	o.kept++
	o.rows = append(o.rows, rows...)
}

// read returns how many objects were read.
func (r *rpkiReader) read() int { return r.roas.kept + r.aspas.kept + r.keys.kept }

// commit writes a partition for each sort of objects that the file has.
func (r *rpkiReader) commit(key table.Key, day time.Time) error {
	if r.read() == 0 {
		return fmt.Errorf("%s: the file holds no payloads", r.raw.ID())
	}
	for i := range r.roas.rows {
		r.roas.rows[i].FileDate = day
	}
	for i := range r.aspas.rows {
		r.aspas.rows[i].FileDate = day
	}
	for i := range r.keys.rows {
		r.keys.rows[i].FileDate = day
	}
	notes := r.notes
	write := []func() error{
		func() error { return writeObjects(r.into, datasets.ROAs, key, "payload", r.roas, &notes) },
		func() error { return writeObjects(r.into, datasets.ASPAs, key, "ASPA", r.aspas, &notes) },
		func() error { return writeObjects(r.into, datasets.RouterKeys, key, "router key", r.keys, &notes) },
	}
	for _, w := range write {
		if err := w(); err != nil {
			return err
		}
	}
	return nil
}

// writeObjects writes the partition of one sort of objects; none if the file has none. The first that is written gets the
// notes.
func writeObjects[Row any](into *table.Commit, dataset *table.Dataset[Row], key table.Key, unit string, o objects[Row], notes *map[string]int) error {
	if o.kept+o.rejected == 0 {
		return nil
	}
	out, err := dataset.Create(into, key)
	if err != nil {
		return err
	}
	out.Unit = unit
	out.See(o.kept + o.rejected)
	out.Keep(o.kept)
	if o.rejected > 0 {
		out.Reject("malformed "+unit, o.rejected)
	}
	for what, n := range *notes {
		out.Note(what, n)
	}
	*notes = nil
	return out.Append(o.rows...)
}

// skipBlanks skips the white space before the content.
func (r *rpkiReader) skipBlanks(in *bufio.Reader) error {
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

// roa returns the row of a payload. Without a maximum length it is that of the prefix.
func roa(asn, prefix string, maxLength *int, anchor string) (row datasets.ROA, err error) {
	n, err := parseASN(asn)
	if err != nil {
		return row, err
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
	row = datasets.ROA{ASN: n, Family: 4, Prefix: p.String(), PrefixLength: uint32(p.Bits()), MaxLength: uint32(length), TrustAnchor: anchor}
	if p.Addr().Is6() {
		row.Family = 6
	}
	return row, nil
}

// parseASN parses an AS number with or without AS before it.
func parseASN(text string) (uint32, error) {
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(text)), "AS"), 10, 32)
	if err != nil {
		return 0, fmt.Errorf("AS number %.60q", text)
	}
	return uint32(n), nil
}

// truncated records that the file breaks off, which is an error only if no object was read before.
func (r *rpkiReader) truncated(err error) error {
	if r.read() == 0 {
		return err
	}
	r.into.Damage(err)
	return nil
}
