package ipv6

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/internal/compression"
	"tidemark/internal/fetch"
)

// published is a list of domains that is fetched by its name.
type published struct {
	base    string // of its URLs
	domains int    // about how many it has
	// find returns the path of the list that is the newest on a day, its ID, and its own day; zero: that is told by the
	// server.
	find func(ctx context.Context, client *fetch.Client, base string, on time.Time) (path, id string, day time.Time, err error)
}

var publishedLists = map[string]published{
	"tranco": {"https://tranco-list.eu", 1_000_000, findTranco},
	"umbrella": {"https://umbrella-static.s3-us-west-1.amazonaws.com", 1_000_000, func(_ context.Context, _ *fetch.Client, _ string, on time.Time) (string, string, time.Time, error) {
		day := on.AddDate(0, 0, -1)
		return "/top-1m-" + day.Format(time.DateOnly) + ".csv.zip", "umbrella", day, nil
	}},
	"majestic": {"https://downloads.majestic.com", 1_000_000, func(context.Context, *fetch.Client, string, time.Time) (string, string, time.Time, error) {
		return "/majestic_million.csv", "majestic", time.Time{}, nil
	}},
	"crux": {"https://raw.githubusercontent.com/zakird/crux-top-lists/main/data/global", 1_000_000, func(_ context.Context, _ *fetch.Client, _ string, on time.Time) (string, string, time.Time, error) {
		month := time.Date(on.Year(), on.Month()-1, 1, 0, 0, 0, 0, time.UTC)
		if on.Day() < cruxDay {
			month = month.AddDate(0, -1, 0)
		}
		return "/" + month.Format("200601") + ".csv.gz", "crux-" + month.Format("200601"), month, nil
	}},
	"tlds": {"https://data.iana.org/TLD", 1_500, func(context.Context, *fetch.Client, string, time.Time) (string, string, time.Time, error) {
		return "/tlds-alpha-by-domain.txt", "tlds", time.Time{}, nil
	}},
}

// cruxDay is the day of a month on which the list of the month before is out: it comes on the second Tuesday.
const cruxDay = 16

// Listings returns the address that a list is fetched from by its name, if it is.
func (s *Settings) Listings() []string {
	if s.List == "" {
		return nil
	}
	return []string{strings.TrimSuffix(cmp.Or(s.ListBase, publishedLists[s.List].base), "/")}
}

// Requests returns how many requests a run takes for its list.
func (Probes) Requests(from collectors.Source) int {
	switch settingsOf(from).List {
	case "":
		return 0
	case "tranco": // which is asked for its ID first
		return 2
	}
	return 1
}

// checkListName reports what is wrong with the name of a list.
func checkListName(name string) error {
	if _, known := publishedLists[name]; name == "" || known {
		return nil
	}
	if name == "radar" {
		return errors.New(`list: Cloudflare Radar gives its list to holders of an account only; download it and name the file in domains`)
	}
	return fmt.Errorf("list: unknown list %q (known are %s)", name, strings.Join(slices.Sorted(maps.Keys(publishedLists)), ", "))
}

var trancoListID = regexp.MustCompile(`^[A-Z0-9]{4,8}$`)

// findTranco asks for the ID of the list of the day before, the newest that there is on every hour of a day.
func findTranco(ctx context.Context, client *fetch.Client, base string, on time.Time) (path, id string, day time.Time, err error) {
	day = on.AddDate(0, 0, -1)
	address := base + "/daily_list_id?subdomains=false&date=" + day.Format(time.DateOnly)
	answer, _, err := client.Read(ctx, address, fetch.Validators{})
	if err != nil {
		return "", "", day, err
	}
	if id = strings.TrimSpace(string(answer)); !trancoListID.MatchString(id) {
		return "", "", day, fmt.Errorf("%s: invalid ID of a list %.60q", address, id)
	}
	return "/download_daily/" + id, "tranco-" + id, day, nil
}

// maxList is the largest list that is fetched, in bytes: the largest, Majestic's, has 80 MB.
const maxList = 1 << 30

// listFile returns the list of a run, which is fetched unless an earlier part of the run has done that, with its ID and day.
// It lies beside the run's journal.
func (s *Settings) listFile(ctx context.Context, raw archive.Raw, store *archive.Archive, on time.Time) (file, id, date string, err error) {
	raw.Name = "list"
	place := store.Unfinished(raw)
	old, err := filepath.Glob(place + ".*")
	if err != nil {
		return "", "", "", err
	}
	if len(old) > 0 {
		id, date, _ = strings.Cut(strings.TrimPrefix(old[0], place+"."), "@")
		return old[0], id, date, nil
	}
	if store.Client == nil {
		return "", "", "", errors.New("the archive has no client to fetch the list with")
	}
	list := publishedLists[s.List]
	base := s.Listings()[0]
	path, id, day, err := list.find(ctx, store.Client, base, on)
	if err != nil {
		return "", "", "", err
	}
	raw.URL = base + path
	want := fetch.File{URLs: []string{raw.URL}, Part: store.Part(raw), Bytes: maxList, Check: whole}
	got, err := store.Client.File(ctx, want)
	if err != nil {
		return "", "", "", err
	}
	if modified, e := http.ParseTime(got.LastModified); day.IsZero() && e == nil {
		day = modified
	}
	if !day.IsZero() {
		date = day.UTC().Format(time.DateOnly)
	}
	file = place + "." + id + "@" + date
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.Rename(want.Part, file)); err != nil {
		return "", "", "", err
	}
	want.RemoveNote()
	return file, id, date, nil
}

// whole reports where a list is damaged or cut off.
func whole(r io.Reader) error { return compression.Check(r, compression.DefaultLimit(), nil) }
