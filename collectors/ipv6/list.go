package ipv6

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"tidemark/internal/compression"
)

// list is a domain list. Of each domain it holds the place in the file only, so that a long list costs little memory.
type list struct {
	id      listID
	file    *os.File
	columns columns
	ranked  bool // a domain's place in the list is its rank
	entries []entry
}

// entry is a domain of the list.
type entry struct {
	offset int64
	rank   uint32
	panel  bool // drawn for the fixed panel
	fresh  bool // drawn for this run
}

// listed is a domain as it is probed.
type listed struct {
	entry
	domain string // in A-labels, without a final dot
}

// maxBadLines is how many rejected lines are named.
const maxBadLines = 5

// longestLine is how many bytes a line may have that names a domain, spaces and all.
const longestLine = 1024

// errNoDomain is the error of a line that names none.
var errNoDomain = errors.New("no domain")

// openList reads a domain, or rank,domain, a line (Tranco's and Umbrella's form), or a CSV whose title line names the columns
// (Majestic's, CrUX's and Radar's), compressed or not. Lines that begin with # are left out, a domain that comes twice counts
// where it comes first, and lines that are no domain are counted; they may be a tenth of all.
func openList(from Settings) (*list, error) {
	f, err := os.Open(from.Domains)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	l := &list{ranked: from.Ranked, id: listID{ID: from.ListID, Date: from.ListDate}}
	name, date := listName(filepath.Base(from.Domains))
	if l.id.ID == "" {
		l.id.ID = name
	}
	if l.id.Date == "" {
		l.id.Date = date
	}
	if l.file, err = unpacked(f); err != nil {
		return nil, fmt.Errorf("%s: %w", from.Domains, err)
	}
	if err := l.index(from.Limit); err != nil {
		l.close()
		return nil, fmt.Errorf("%s: %w", from.Domains, err)
	}
	return l, nil
}

// unpacked returns the content of a list as a file without a name, of which single lines can be read.
func unpacked(f *os.File) (*os.File, error) {
	content, err := compression.Open(f, compression.Options{Limit: compression.Limit{Free: maxList, Ratio: 1, Max: maxList}})
	if err != nil {
		return nil, err
	}
	defer content.Close()
	out, err := os.CreateTemp("", "tidemark-list-")
	if err != nil {
		return nil, err
	}
	n, err := io.Copy(out, io.LimitReader(content, maxList+1))
	if err == nil && n > maxList {
		err = fmt.Errorf("the list is longer than %d bytes", maxList)
	}
	if err == nil {
		_, err = out.Seek(0, io.SeekStart)
	}
	if err := errors.Join(err, os.Remove(out.Name())); err != nil {
		out.Close()
		return nil, err
	}
	return out, nil
}

func (l *list) close() { l.file.Close() }

func (l *list) index(limit int) error {
	sum := sha256.New()
	in := bufio.NewReaderSize(io.TeeReader(l.file, sum), 256<<10)
	seed := maphash.MakeSeed()
	seen := map[uint64]struct{}{}
	offset, place := int64(0), uint32(0)
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return fmt.Errorf("line %d is longer than any domain: this is no list of domains", n)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		e := entry{offset: offset}
		offset += int64(len(line))
		if n == 1 {
			if found, is := readTitle(line); is {
				l.columns = found
				continue
			}
		}
		domain, rank, bad := l.columns.parse(line)
		switch {
		case domain == "" && bad == nil:
		case bad != nil:
			if l.id.Rejected++; len(l.id.Bad) < maxBadLines {
				l.id.Bad = append(l.id.Bad, fmt.Sprintf("line %d: %v", n, bad))
			}
		default:
			place++
			if e.rank = rank; rank == 0 && l.ranked {
				e.rank = place
			}
			key := maphash.String(seed, domain)
			if _, twice := seen[key]; !twice && (limit <= 0 || len(l.entries) < limit) {
				seen[key] = struct{}{}
				l.entries = append(l.entries, e)
			}
		}
		if err != nil {
			break
		}
	}
	if good := int(place); l.id.Rejected > 0 && l.id.Rejected*9 > good {
		return fmt.Errorf("%d of %d lines are no domains, more than a tenth: this is not a list of domains (%s)", l.id.Rejected, l.id.Rejected+good, strings.Join(l.id.Bad, "; "))
	}
	l.id.SHA256, l.id.Domains = hex.EncodeToString(sum.Sum(nil)), len(l.entries)
	if len(l.entries) == 0 {
		return fmt.Errorf("no domain in the list%s", strings.Join(append([]string{""}, l.id.Bad...), "; "))
	}
	return nil
}

// columns say where in a line rank and domain are, counted from 1; the zero value means rank,domain or a domain alone.
type columns struct{ rank, domain int }

// readTitle finds the columns by the names of a title line. ok is false if the line is not one.
func readTitle(line []byte) (c columns, ok bool) {
	text := strings.ToLower(strings.TrimSpace(strings.TrimPrefix(string(line[:min(len(line), longestLine)]), "\ufeff")))
	for i, name := range strings.Split(text, ",") {
		switch strings.Trim(name, ` "`) {
		case "domain", "origin":
			c.domain = i + 1
		case "rank", "globalrank":
			c.rank = i + 1
		}
	}
	return c, c.domain > 0
}

// parse returns the domain of a line; none and no error for an empty line or a comment.
func (c columns) parse(line []byte) (domain string, rank uint32, err error) {
	if len(line) > longestLine {
		return "", 0, fmt.Errorf("%d bytes are %w", len(line), errNoDomain)
	}
	text := strings.TrimSpace(strings.TrimPrefix(string(line), "\ufeff"))
	if text == "" || text[0] == '#' {
		return "", 0, nil
	}
	fields := strings.Split(text, ",")
	if c.domain == 0 {
		if c.domain = len(fields); len(fields) == 2 {
			c.rank = 1
		}
		if len(fields) > 2 {
			return "", 0, fmt.Errorf("%.60q has %d fields, and no title line names them", text, len(fields))
		}
	}
	if max(c.domain, c.rank) > len(fields) {
		return "", 0, fmt.Errorf("%.60q has %d fields, fewer than the title line", text, len(fields))
	}
	if c.rank > 0 {
		r, err := strconv.ParseUint(strings.Trim(fields[c.rank-1], ` "`), 10, 32)
		if err != nil {
			return "", 0, fmt.Errorf("rank %.60q", fields[c.rank-1])
		}
		rank = uint32(r)
	}
	name := strings.Trim(fields[c.domain-1], ` "`)
	if _, host, is := strings.Cut(name, "://"); is { // an origin of CrUX
		host, _, _ = strings.Cut(host, "/")
		name, _, _ = strings.Cut(host, ":")
	}
	if domain, err = domainOf(name); err != nil {
		return "", 0, err
	}
	if last := domain[strings.LastIndexByte(domain, '.')+1:]; last == domain || strings.Trim(last, "0123456789") == "" {
		return "", 0, fmt.Errorf("%.60q is %w: it has no dot, or a number for its last label", name, errNoDomain)
	}
	return domain, rank, nil
}

// lookupNames takes what is in use: underscores, and hyphens where IDNA would forbid them.
var lookupNames = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(false), idna.CheckHyphens(false), idna.Transitional(false))

// domainOf gives a name in A-labels and lower case, without a final dot (RFC 5890, RFC 1035 section 2.3.4).
func domainOf(text string) (string, error) {
	if _, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return "", fmt.Errorf("%q is an address and %w", text, errNoDomain)
	}
	name, err := lookupNames.ToASCII(strings.TrimSuffix(text, "."))
	if err != nil {
		return "", fmt.Errorf("%q is %w: %v", text, errNoDomain, err)
	}
	name = strings.ToLower(name)
	if name == "" || len(name) > 253 {
		return "", fmt.Errorf("%q is %w", text, errNoDomain)
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return "", fmt.Errorf("%q is %w", text, errNoDomain)
		}
	}
	return name, nil
}

// at reads a domain of the list again.
func (l *list) at(i int) (listed, error) {
	e := l.entries[i]
	buf := make([]byte, longestLine)
	n, err := l.file.ReadAt(buf, e.offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return listed{}, err
	}
	line, _, _ := bytes.Cut(buf[:n], []byte{'\n'})
	domain, _, err := l.columns.parse(line)
	if err != nil || domain == "" {
		return listed{}, fmt.Errorf("the list %s changed while it was read", l.id.ID)
	}
	return listed{e, domain}, nil
}

var (
	trancoID = regexp.MustCompile(`(?i)tranco[-_]([A-Z0-9]{4,6})\b`)
	datePart = regexp.MustCompile(`\b((?:19|20)\d\d)-?(0[1-9]|1[0-2])(?:-?([0-2]\d|3[01]))?\b`)
)

// listName gives ID and day of a list by the name of its file: Tranco's ID where it has one, the first of the month where
// only that is told.
func listName(name string) (id, date string) {
	id = name
	if m := trancoID.FindStringSubmatch(name); m != nil && strings.ToUpper(m[1]) == m[1] && !slices.Contains([]string{"1M", "100K", "10K"}, m[1]) {
		id = "tranco-" + m[1]
	}
	if m := datePart.FindStringSubmatch(name); m != nil {
		if m[3] == "" {
			m[3] = "01"
		}
		if day, err := time.Parse("20060102", m[1]+m[2]+m[3]); err == nil {
			date = day.Format(time.DateOnly)
		}
	}
	return id, date
}
