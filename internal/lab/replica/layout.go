package replica

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
)

// publication is a file that appears at a certain time.
type publication struct {
	host, path string
	at         time.Time
	content    func() ([]byte, error)
}

var dumpName = regexp.MustCompile(`/(rib|bview|updates)\.(\d{8})\.(\d{4})\.(bz2|gz)$`)

// publications returns all files that will ever appear, except the generated dumps, which advance adds.
func (r *Replica) publications() ([]publication, error) {
	all := r.collectorLists()
	if r.Robots != "" {
		for _, host := range []string{RouteViews, RIS} {
			all = append(all, publication{host, "/robots.txt", time.Unix(0, 0), func() ([]byte, error) { return []byte(r.Robots), nil }})
		}
	}
	if r.Shared == "" {
		return all, nil
	}
	shared, err := r.sharedFiles()
	return append(all, shared...), err
}

// collectorLists are the lists in the formats of RIPEstat's rrc-info and RouteViews' API.
func (r *Replica) collectorLists() []publication {
	type rrc struct {
		ID          int    `json:"id"`
		Name        string `json:"name"`
		Location    string `json:"geographical_location"`
		Topological string `json:"topological_location"`
		Multihop    bool   `json:"multihop"`
		Activated   string `json:"activated_on"`
		Deactivated string `json:"deactivated_on"`
		Peers       []any  `json:"peers"`
	}
	type collector struct {
		URL       string  `json:"url"`
		Name      string  `json:"name"`
		Label     string  `json:"label"`
		Type      string  `json:"type"`
		Country   string  `json:"country"`
		Multihop  int     `json:"multihop"`
		Installed string  `json:"installed"`
		Removed   *string `json:"removed"`
	}
	var rrcs []rrc
	// "route-views" is a Cisco router without an archive.
	named := []collector{{URL: "https://" + RouteViewsAPI + "/collector/1/", Name: "route-views", Label: "route-views", Type: "Cisco", Country: "US", Installed: "1997-11-08T00:00:00Z"}}
	for i, c := range models() {
		if c.host == RouteViews {
			named = append(named, collector{URL: fmt.Sprintf("https://%s/collector/%d/", RouteViewsAPI, i+2), Name: c.name, Label: c.name, Type: "FRR", Country: "US", Installed: "1997-11-08T00:00:00Z"})
			continue
		}
		var id int
		fmt.Sscanf(c.name, "rrc%d", &id)
		rrcs = append(rrcs, rrc{ID: id, Name: strings.ToUpper(c.name), Location: "Amsterdam, Netherlands", Topological: "AMS-IX", Multihop: id == 0, Activated: "1999-10", Peers: []any{}})
	}
	rrcs = append(rrcs, rrc{ID: 2, Name: "RRC02", Location: "Paris, France", Activated: "2001-03", Deactivated: "2008-10", Peers: []any{}})
	marshal := func(v any) func() ([]byte, error) {
		return func() ([]byte, error) { return json.Marshal(v) }
	}
	lists := []publication{
		{RIPEstat, "/data/rrc-info/data.json", time.Unix(0, 0), marshal(map[string]any{"status": "ok", "data": map[string]any{"rrcs": rrcs}})},
		{RouteViewsAPI, "/collector/index.json", time.Unix(0, 0), marshal(map[string]any{"count": len(named), "next": nil, "previous": nil, "results": named})},
	}
	return append(lists, datatracker()...)
}

// sharedLayout maps a shared file to its URL.
var sharedLayout = []struct {
	file *regexp.Regexp
	host string
	path string
	gzip bool // stored compressed, published plain
}{
	{regexp.MustCompile(`^iana/(iana-ipv[46]-special-registry)-1\.csv$`), IANA, "/assignments/$1/$1-1.csv", false},
	{regexp.MustCompile(`^iana/(ipv4-address-space|ipv6-unicast-address-assignments)\.csv$`), IANA, "/assignments/$1/$1.csv", false},
	{regexp.MustCompile(`^iana/(as-numbers)\.xml$`), IANA, "/assignments/$1/$1.xml", false},
	{regexp.MustCompile(`^iana/(fullbogons-ipv4)\.(\d{4}-\d\d-\d\d)\.txt$`), Cymru, "/Services/Bogons/$1.txt", false},
	{regexp.MustCompile(`^iana/(fullbogons-ipv6)\.(\d{4}-\d\d-\d\d)\.txt\.gz$`), Cymru, "/Services/Bogons/$1.txt", true},
	{regexp.MustCompile(`^rir/delegated-(afrinic)-extended-(\d+)\.gz$`), AFRINIC, "/pub/stats/$1/delegated-$1-extended-latest", true},
	{regexp.MustCompile(`^rir/delegated-(apnic)-(\d+)\.gz$`), APNIC, "/stats/$1/delegated-$1-extended-latest", true},
	{regexp.MustCompile(`^rir/delegated-(lacnic)-extended-(\d+)\.gz$`), LACNIC, "/pub/stats/$1/delegated-$1-extended-latest", true},
	{regexp.MustCompile(`^rir/delegated-(ripencc)-(\d+)\.gz$`), RIPE, "/pub/stats/$1/delegated-$1-extended-latest", true},
	{regexp.MustCompile(`^rpki/validator3-roas\.(\d+)\.json\.gz$`), RPKI, "/vrps.json", true},
	{regexp.MustCompile(`^asn/(riswhoisdump\.IPv[46]\.gz)$`), RISWhois, "/dumps/$1", false},
	{regexp.MustCompile(`^rfc/(errata\.json)\.gz$`), RFCEditor, "/$1", true},
	{regexp.MustCompile(`^rfc/rfc-index\.excerpt\.xml$`), RFCEditor, "/rfc-index.xml", false},
	{regexp.MustCompile(`^rfc/rfc-index-txt/rfc-index\.(\d{4}-\d\d-\d\d)\.txt\.gz$`), RFCEditor, "/rfc-index.txt", true},
	{regexp.MustCompile(`^mrt/bgpkit/ripe/(rrc\d\d/\d{4}\.\d\d/(?:bview|updates)\.\d{8}\.\d{4}\.gz)$`), RIS, "/$1", false},
}

var digits = regexp.MustCompile(`\d{4}-\d\d-\d\d|\d{8}|\d{6}`)

// sharedFiles publishes the real inputs. If a source replaces a file, its newest version of the time is served.
func (r *Replica) sharedFiles() (all []publication, err error) {
	err = filepath.WalkDir(r.Shared, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(r.Shared, p)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		for _, l := range sharedLayout {
			if !l.file.MatchString(name) {
				continue
			}
			at := time.Unix(0, 0).UTC()
			if m := digits.FindString(path.Base(name)); m != "" {
				for _, layout := range []string{time.DateOnly, "20060102", "200601"} {
					if t, err := time.Parse(layout, m); err == nil {
						at = t
					}
				}
			}
			all = append(all, publication{l.host, l.file.ReplaceAllString(name, l.path), at, func() ([]byte, error) {
				b, err := os.ReadFile(p)
				if err == nil && l.gzip {
					return inflated(b)
				}
				return b, err
			}})
			break
		}
		return nil
	})
	return all, err
}

func inflated(b []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	_, err = out.ReadFrom(z)
	return out.Bytes(), err
}

// advance publishes the files that have appeared since the last call, and the listings that name them. A registry that
// has no version yet is served in its oldest.
func (r *Replica) advance() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.Now().UTC()
	if !now.After(r.upTo) {
		return nil
	}
	first := r.upTo.IsZero()
	due := r.generated(r.upTo, now)
	r.world = append(r.world, due...)
	if first {
		due = slices.Clone(r.world)
	} else {
		for _, p := range r.world[:len(r.world)-len(due)] {
			if p.at.After(r.upTo) && !p.at.After(now) {
				due = append(due, p)
			}
		}
	}
	slices.SortStableFunc(due, func(a, b publication) int { return a.at.Compare(b.at) })
	changed := map[string]bool{}
	for _, p := range due {
		file := filepath.Join(r.root(p.host), filepath.FromSlash(p.path))
		_, missing := os.Stat(file)
		isDump := dumpName.MatchString(p.path)
		if p.at.After(now) && (isDump || missing == nil) {
			continue
		}
		content, err := p.content()
		if err != nil {
			return fmt.Errorf("%s%s: %w", p.host, p.path, err)
		}
		if err := place(file, content, p.at); err != nil {
			return err
		}
		if isDump {
			folder := p.host + path.Dir(p.path)
			if r.listed[folder] == nil {
				r.listed[folder] = &listing{host: p.host, folder: path.Dir(p.path)}
			}
			r.listed[folder].files = append(r.listed[folder].files, listedFile{path.Base(p.path), p.at, int64(len(content))})
			changed[folder] = true
		}
	}
	r.upTo = now
	for folder := range changed {
		if err := r.listed[folder].write(r.root(r.listed[folder].host)); err != nil {
			return err
		}
	}
	return nil
}

// place writes a file atomically, so that nginx never serves half of it.
func place(file string, content []byte, at time.Time) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	temp := file + ".new"
	return errors.Join(os.WriteFile(temp, content, 0o644), os.Chtimes(temp, at, at), os.Rename(temp, file))
}

// generated returns the dumps that appear after from and not later than to.
func (r *Replica) generated(from, to time.Time) (all []publication) {
	if r.From.IsZero() {
		return nil
	}
	day := r.From.UTC().Truncate(24 * time.Hour)
	if from.After(day) {
		day = from.Truncate(24 * time.Hour)
	}
	const writing = 8 * time.Minute // between the time of a dump and its publication
	for ; !day.After(to); day = day.AddDate(0, 0, 1) {
		for _, c := range models() {
			add := func(at time.Time, file string, content func(time.Time) ([]byte, error)) {
				if appears := at.Add(writing); !at.Before(r.From) && appears.After(from) && !appears.After(to) {
					all = append(all, publication{c.host, c.folder + at.Format(file) + c.ending, appears, func() ([]byte, error) {
						b, err := content(at)
						if err != nil {
							return nil, err
						}
						return c.squeeze(b)
					}})
				}
			}
			for _, hour := range r.Hours {
				add(day.Add(time.Duration(hour)*time.Hour), c.table, c.dump)
			}
			if r.Update {
				add(day, c.update, c.updates)
			}
		}
	}
	return all
}
