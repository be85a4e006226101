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

	"tidemark/internal/atomicfile"
	"tidemark/internal/compression"
)

// list is a domain list. It holds only the position of each domain in the file, so that a long list needs little memory.
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

// maxBadLines is how many of the rejected lines are reported.
const maxBadLines = 5

// maxListLine is the longest line accepted, in bytes.
const maxListLine = 1024

// errNotDomain is returned for a line that does not name a domain.
var errNotDomain = errors.New("not a domain")

// openList reads a list that has on each line a domain, or rank,domain (Tranco's and Umbrella's form), or a CSV whose title line
// names the columns (Majestic's, CrUX's, Radar's and CISA's), or IANA's list of top-level domains, compressed or not; a dot is the root. Lines that begin with # are ignored, a domain that
// occurs twice counts at its first place, and lines that are not a domain are counted; at most a tenth may be.
func openList(from Settings) (*list, error) {
	f, err := atomicfile.Open(from.Domains)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	l := &list{ranked: from.Ranked, id: listID{ID: from.ListID, Date: from.ListDate, campaign: campaign{from.ListTitle, from.ListOwner, from.ListURL, from.Country, from.Sector}}}
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
			return fmt.Errorf("line %d is longer than any domain: this is not a list of domains", n)
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
		return fmt.Errorf("%d of %d lines are not domains, more than a tenth: this is not a list of domains (%s)", l.id.Rejected, l.id.Rejected+good, strings.Join(l.id.Bad, "; "))
	}
	l.id.SHA256, l.id.Domains = hex.EncodeToString(sum.Sum(nil)), len(l.entries)
	if len(l.entries) == 0 {
		return fmt.Errorf("the list has no domain%s", strings.Join(append([]string{""}, l.id.Bad...), "; "))
	}
	return nil
}

// columns say where in a line rank and domain are, counted from 1; the zero value means rank,domain or a domain alone.
type columns struct {
	rank, domain int
	top          bool // the lines are top-level domains
}

// ianaTitle begins IANA's list of top-level domains (https://data.iana.org/TLD/tlds-alpha-by-domain.txt).
const ianaTitle = "# version "

// readTitle finds the columns by the names of a title line. ok is false if the line is not one.
func readTitle(line []byte) (c columns, ok bool) {
	text := strings.ToLower(strings.TrimSpace(strings.TrimPrefix(string(line[:min(len(line), maxListLine)]), "\ufeff")))
	if strings.HasPrefix(text, ianaTitle) && strings.Contains(text, "last updated") {
		return columns{domain: 1, top: true}, true
	}
	for i, name := range strings.Split(text, ",") {
		switch strings.Trim(name, ` "`) {
		case "domain", "domain name", "origin":
			c.domain = i + 1
		case "rank", "globalrank":
			c.rank = i + 1
		}
	}
	return c, c.domain > 0
}

// parse returns the domain of a line; none and no error for an empty line or a comment.
func (c columns) parse(line []byte) (domain string, rank uint32, err error) {
	if len(line) > maxListLine {
		return "", 0, fmt.Errorf("%d bytes are %w", len(line), errNotDomain)
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
	if domain == rootZone {
		return domain, rank, nil
	}
	if last := domain[strings.LastIndexByte(domain, '.')+1:]; last == domain && !c.top && !strings.HasSuffix(name, ".") || strings.Trim(last, "0123456789") == "" {
		return "", 0, fmt.Errorf("%.60q is %w: it has no dot (a top-level domain ends with one, as in com.), or a number for its last label", name, errNotDomain)
	}
	return domain, rank, nil
}

// lookupNames accepts names that are in use: with underscores, and with hyphens where IDNA forbids them.
var lookupNames = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(false), idna.CheckHyphens(false), idna.Transitional(false))

// maxName is the longest name in octets as it is written, without a final dot (RFC 1035 section 2.3.4).
const maxName = 253

// rootZone is the name of the root, which a list may have as well.
const rootZone = "."

// domainOf returns a name in A-labels and lower case, without a final dot (RFC 5890, RFC 1035 section 2.3.4); the root is a dot.
func domainOf(text string) (string, error) {
	if text == rootZone {
		return rootZone, nil
	}
	if _, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return "", fmt.Errorf("%q is an address and %w", text, errNotDomain)
	}
	name, err := lookupNames.ToASCII(strings.TrimSuffix(text, "."))
	if err != nil {
		return "", fmt.Errorf("%q is %w: %v", text, errNotDomain, err)
	}
	name = strings.ToLower(name)
	if name == "" || len(name) > maxName {
		return "", fmt.Errorf("%q is %w", text, errNotDomain)
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return "", fmt.Errorf("%q is %w", text, errNotDomain)
		}
	}
	return name, nil
}

// read reads domain i of the list from the file.
func (l *list) read(i int) (listed, error) {
	e := l.entries[i]
	buf := make([]byte, maxListLine)
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

// listName returns the ID and the day of a list from the name of its file: Tranco's ID if it has one, and the first of the
// month if the name has only a month.
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
