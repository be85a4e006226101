package registry

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// ASOrgs reads CAIDA's as2org files: text with fields between |, in sections whose fields a comment names, or JSON, an object a line.
type ASOrgs struct{ collectors.URLs }

// Name returns as-orgs.
func (ASOrgs) Name() string { return "as-orgs" }

// Cadence is monthly if files come over the network: the name of each has its month.
func (k ASOrgs) Cadence(from collectors.Source) collectors.Cadence {
	if k.URLs.Cadence(from).IsZero() {
		return collectors.Cadence{}
	}
	return collectors.Monthly()
}

// Form is JSON, or a comment. A file of 2026 has 25 MB of text.
func (ASOrgs) Form() collectors.Form {
	return collectors.Form{Bytes: 64 << 20, Inflated: 256 << 20, Filled: true, Like: "{ or #", Begins: collectors.Starting("{", "#")}
}

// maxOrgEntries is the largest number of ASes, and of organisations, accepted; there are some 120,000 of each today.
const maxOrgEntries = 4_000_000

// orgEntry is an AS or an organisation of a file.
type orgEntry struct {
	Type    string `json:"type"` // ASN or Organization
	ASN     string `json:"asn"`
	OrgID   string `json:"organizationId"`
	Name    string `json:"name"`
	Country string `json:"country"`
	Source  string `json:"source"`
	Changed string `json:"changed"`
}

// orgFields are the names of the fields in the text, as the comment before a section has them, and where they belong.
var orgFields = map[string]func(*orgEntry) *string{
	"aut":     func(e *orgEntry) *string { return &e.ASN },
	"org_id":  func(e *orgEntry) *string { return &e.OrgID },
	"name":    func(e *orgEntry) *string { return &e.Name },
	"country": func(e *orgEntry) *string { return &e.Country },
	"source":  func(e *orgEntry) *string { return &e.Source },
	"changed": func(e *orgEntry) *string { return &e.Changed },
	// Since 2018 names say of what they are.
	"org_name": func(e *orgEntry) *string { return &e.Name },
	"aut_name": func(e *orgEntry) *string { return &e.Name },
	// The holder's handle in the delegation files is not used.
	"opaque_id": func(*orgEntry) *string { return new(string) },
}

// orgReader collects the entries of a file: either sort may come first.
type orgReader struct {
	ases     map[uint32]datasets.ASOrg
	orgs     map[string]orgEntry
	format   []string // fields of the section, of the text
	rejected map[string]int
}

var (
	errOrgTwice = errors.New("second entry of an organisation")
	errASTwice  = errors.New("second entry of an AS")
	errNoOrg    = errors.New("AS without an organisation")
	errOrgEntry = errors.New("malformed line")
)

// Decode reads a file.
func (ASOrgs) Decode(_ context.Context, raw archive.Raw, into *table.Commit) error {
	day, err := dayOf(raw, time.Time{})
	if err != nil {
		return err
	}
	in, done, err := open(raw)
	if err != nil {
		return err
	}
	defer done()
	r := &orgReader{ases: map[uint32]datasets.ASOrg{}, orgs: map[string]orgEntry{}, rejected: map[string]int{}}
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 4096), maxLine)
	n := 0
	for lines.Scan() {
		n++
		err := r.line(lines.Text())
		switch {
		case err == nil:
		case errors.Is(err, errOrgEntry):
			r.rejected[errOrgEntry.Error()]++
			into.Damage(fmt.Errorf("%s: line %d: %w", raw.ID(), n, err))
		default:
			r.rejected[err.Error()]++
		}
		if len(r.ases) > maxOrgEntries || len(r.orgs) > maxOrgEntries {
			return fmt.Errorf("%s: line %d: too many ASes or organisations (at most %d are read)", raw.ID(), n, maxOrgEntries)
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("%s: line %d: the line is longer than %d bytes", raw.ID(), n+1, maxLine)
	} else if err != nil {
		return fmt.Errorf("%s: line %d: %w", raw.ID(), n+1, err)
	}
	if len(r.ases) == 0 {
		return fmt.Errorf("%s: the file names the organisation of no AS", raw.ID())
	}
	out, err := datasets.ASOrgs.Create(into, raw.Key(day))
	if err != nil {
		return err
	}
	out.Unit = "entry"
	rows, used := r.rows(day)
	out.See(len(rows) + used)
	out.Keep(len(rows) + used)
	if unused := len(r.orgs) - used; unused > 0 {
		out.Note("organisation without an AS, not used", unused)
	}
	for reason, n := range r.rejected {
		out.See(n)
		out.Reject(reason, n)
	}
	return out.Append(rows...)
}

// line reads a line: an entry, the fields of a section, or a comment.
func (r *orgReader) line(line string) error {
	line = strings.TrimSpace(line)
	if comment, is := strings.CutPrefix(line, "#"); is {
		if fields, is := strings.CutPrefix(strings.TrimSpace(comment), "format:"); is {
			return r.section(fields)
		}
		return nil
	}
	if line == "" {
		return nil
	}
	line = toUTF8(line)
	var e orgEntry
	if line[0] == '{' {
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			return fmt.Errorf("%w: %w", errOrgEntry, err)
		}
		return r.add(e)
	}
	values := strings.Split(line, "|")
	if len(values) != len(r.format) {
		return fmt.Errorf("%w %.60q (want %d fields between |, as the comment # format: before it names them)", errOrgEntry, line, len(r.format))
	}
	e.Type = "Organization"
	for i, name := range r.format {
		if name == "aut" {
			e.Type = "ASN"
		}
		*orgFields[name](&e) = values[i]
	}
	return r.add(e)
}

// section reads the names of the fields of the lines that follow.
func (r *orgReader) section(fields string) error {
	format := strings.Split(strings.TrimSpace(fields), "|")
	r.format = nil
	if !slices.Contains(format, "org_id") {
		return fmt.Errorf("%w: the section has no org_id among its fields %.60q", errOrgEntry, fields)
	}
	for _, name := range format {
		if orgFields[name] == nil {
			return fmt.Errorf("%w: the section has an unknown field %.60q", errOrgEntry, name)
		}
	}
	r.format = format
	return nil
}

// add adds an entry. Of several of one AS or organisation, the first counts.
func (r *orgReader) add(e orgEntry) error {
	e.OrgID = strings.TrimSpace(e.OrgID)
	switch e.Type {
	case "Organization":
		if e.OrgID == "" {
			return fmt.Errorf("%w: an organisation without an identifier", errOrgEntry)
		}
		if _, twice := r.orgs[e.OrgID]; twice {
			return errOrgTwice
		}
		org := orgEntry{Name: strings.Join(strings.Fields(e.Name), " ")}
		if country := strings.TrimSpace(e.Country); countryCode.MatchString(country) {
			org.Country = country
		}
		r.orgs[e.OrgID] = org
	case "ASN":
		asn, err := parseASN(e.ASN)
		if err != nil {
			return fmt.Errorf("%w: %w", errOrgEntry, err)
		}
		if e.OrgID == "" {
			return errNoOrg
		}
		if _, twice := r.ases[asn]; twice {
			return errASTwice
		}
		row := datasets.ASOrg{ASN: asn, OrgID: e.OrgID, Source: strings.TrimSpace(e.Source)}
		if changed := logTime(e.Changed); changed != nil {
			day := changed.Truncate(24 * time.Hour)
			row.Changed = &day
		}
		r.ases[asn] = row
	default:
		return fmt.Errorf("%w: type %.60q (want ASN or Organization)", errOrgEntry, e.Type)
	}
	return nil
}

// rows returns the ASes with their organisations, by number, and how many of the organisations have one.
func (r *orgReader) rows(day time.Time) (rows []datasets.ASOrg, used int) {
	rows = make([]datasets.ASOrg, 0, len(r.ases))
	met := map[string]bool{}
	for _, row := range r.ases {
		if org, is := r.orgs[row.OrgID]; is {
			row.OrgName, row.Country = org.Name, org.Country
			met[row.OrgID] = true
		}
		row.FileDate = day
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b datasets.ASOrg) int { return cmp.Compare(a.ASN, b.ASN) })
	return rows, len(met)
}
