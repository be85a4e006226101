// Package rfcwatch reads what the RFC Editor and the Datatracker publish about the standards: the RFC index in all its
// forms and every layout since 1997, errata, drafts and texts. It holds the default list of watched documents.
package rfcwatch

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
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

// Watched is the default watch list, as RFC numbers: IPv4/IPv6 translation, addressing, BGP, MRT and RPKI.
var Watched = []int{6052, 8215, 6598, 6146, 6147, 6877, 7050, 8781, 8880, 9872, 8200, 4291, 6724, 8305, 4271, 6396, 8050, 6811, 7606, 6890}

// WatchedGroups are the working groups whose drafts are looked at by default: those that maintain the watched RFCs.
var WatchedGroups = []string{"v6ops", "6man", "idr", "grow", "sidrops", "happy"}

// Index is the kind of snapshots of the RFC index.
type Index struct{ collectors.URLs }

// Name returns rfc-index.
func (Index) Name() string { return "rfc-index" }

// Form is that of an index in any of its forms; the largest has 14 MB.
func (Index) Form() collectors.Form {
	return collectors.Form{Bytes: 256 << 20, Inflated: 256 << 20, Filled: true}
}

// index is a snapshot while it is read.
type index struct {
	raw       archive.Raw
	damage    func(error)
	source    string    // rfc-index.xml, rfc-index.txt, rfcs.json or rfcN.json
	stated    time.Time // the day that the file itself states
	seen      int
	rejected  map[string]int
	noted     map[string]int
	rfcs      []datasets.RFC
	relations []datasets.RFCRelation
}

// reject counts a malformed entry and records where it is.
func (x *index) reject(reason, place string, err error) {
	x.rejected[reason]++
	x.damage(fmt.Errorf("%s: %s: %w", x.raw.ID(), place, err))
}

// Decode reads rfc-index.xml, rfc-index.txt, rfcs.json or rfcN.json, told apart by their content.
func (Index) Decode(_ context.Context, raw archive.Raw, into *table.Commit) error {
	inflated, err := raw.Open()
	if err != nil {
		return err
	}
	defer inflated.Close()
	x := &index{raw: raw, damage: into.Damage, rejected: map[string]int{}, noted: map[string]int{}}
	if err := x.read(inflated); err != nil {
		return err
	}
	return x.write(into)
}

// read reads the index in whichever form it has.
func (x *index) read(r io.Reader) error {
	raw := x.raw
	in := bufio.NewReaderSize(r, 64<<10)
	start, err := raw.Start(in, "an RFC index")
	if err != nil {
		return err
	}
	switch text := bytes.TrimSpace(bytes.TrimPrefix(start, []byte("\ufeff"))); {
	case text[0] == '{':
		err = x.readJSON(in)
	case text[0] == '<':
		x.source = "rfc-index.xml"
		err = x.readXML(in)
	default:
		x.source = "rfc-index.txt"
		err = x.readText(in)
	}
	if err != nil {
		return err
	}
	if len(x.rfcs) == 0 {
		return fmt.Errorf("%s: the file holds no entries of an RFC index", raw.ID())
	}
	x.checkDates()
	x.renameStatuses()
	return nil
}

// renamedStatuses maps names of statuses that the index has given up to those that it uses now.
var renamedStatuses = map[string]string{"standard": "internet standard"}

// renameStatuses replaces outdated names of statuses: a new name is not a new status.
func (x *index) renameStatuses() {
	for i := range x.rfcs {
		for _, status := range []*string{&x.rfcs[i].Status, &x.rfcs[i].PublicationStatus} {
			if name, renamed := renamedStatuses[*status]; renamed {
				*status = name
			}
		}
	}
}

// checkDates removes month and day from dates that do not exist: month 14, or 31 April.
func (x *index) checkDates() {
	for i := range x.rfcs {
		r := &x.rfcs[i]
		day := time.Date(int(r.Year), time.Month(r.Month), int(max(r.Day, 1)), 0, 0, 0, 0, time.UTC)
		if r.Month > 0 && (r.Month > 12 || uint32(day.Month()) != r.Month) || r.Month == 0 && r.Day > 0 {
			r.Month, r.Day = 0, 0
			x.noted["a date that no calendar has"]++
		}
	}
}

// write commits the entries and relations.
func (x *index) write(into *table.Commit) error {
	day, err := x.raw.DayOf(x.stated)
	if err != nil {
		return err
	}
	slices.SortStableFunc(x.rfcs, func(a, b datasets.RFC) int { return cmp.Compare(a.Number, b.Number) })
	// The oldest layout shows an example entry before the list: of two entries with one number, the later is the real one.
	kept := x.rfcs[:0]
	for i, r := range x.rfcs {
		if i+1 < len(x.rfcs) && x.rfcs[i+1].Number == r.Number {
			x.rejected["number stands twice, the later entry is kept"]++
			continue
		}
		kept = append(kept, r)
	}
	slices.SortFunc(x.relations, func(a, b datasets.RFCRelation) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Relation, b.Relation), cmp.Compare(a.TargetNumber, b.TargetNumber), cmp.Compare(a.Target, b.Target))
	})
	x.relations = slices.Compact(x.relations)
	for i := range kept {
		kept[i].SnapshotDate, kept[i].Source = day, x.source
	}
	for i := range x.relations {
		x.relations[i].SnapshotDate, x.relations[i].Source = day, x.source
	}
	key := x.raw.Key(day)
	rfcs, err := datasets.RFCs.Create(into, key)
	if err != nil {
		return err
	}
	rfcs.Unit = "index entry"
	rfcs.See(x.seen)
	rfcs.Keep(len(kept))
	for reason, n := range x.rejected {
		rfcs.Reject(reason, n)
	}
	for what, n := range x.noted {
		rfcs.Note(what, n)
	}
	if err := rfcs.Append(kept...); err != nil {
		return err
	}
	relations, err := datasets.RFCRelations.Create(into, key)
	if err != nil {
		return err
	}
	relations.Unit = "relation"
	relations.See(len(x.relations))
	relations.Keep(len(x.relations))
	return relations.Append(x.relations...)
}

var document = regexp.MustCompile(`(?i)\b(RFC|STD|BCP|FYI|IEN|RTR|NIC)[ -]?0*(\d{1,7})\b`)

// relate adds a relation to each document that the text names.
func (x *index) relate(number uint32, relation, text string) {
	for _, m := range document.FindAllStringSubmatch(text, -1) {
		series, digits := strings.ToUpper(m[1]), m[2]
		r := datasets.RFCRelation{Number: number, Relation: relation, Target: series + digits}
		if series == "RFC" {
			n, _ := strconv.ParseUint(digits, 10, 32) // at most seven digits
			r.TargetNumber = uint32(n)
		}
		x.relations = append(x.relations, r)
	}
}

// fold returns the text with each run of white space replaced by one space.
func fold(s string) string { return strings.Join(strings.Fields(s), " ") }

// formatName returns the name of a format as the newest indexes spell it.
func formatName(s string) string {
	s = strings.ToUpper(strings.TrimPrefix(strings.TrimSpace(s), "."))
	if s == "ASCII" {
		return "TXT"
	}
	return s
}

var months = []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}

// parseMonth parses a month's name or at least its first three letters; anything else is 0.
func parseMonth(s string) uint32 {
	s = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(s), "."))
	for i, m := range months {
		if len(s) >= 3 && strings.HasPrefix(m, s) {
			return uint32(i + 1)
		}
	}
	return 0
}
