package site

import (
	"context"
	"regexp"
	"slices"
	"strings"
)

// latestFolder holds the newest answers under addresses that stay.
const latestFolder = "data/latest/"

var datedPath = regexp.MustCompile(`^data/([0-9]{4}-[0-9]{2}-[0-9]{2})/[^/]+$`)

// datedVersions publishes the answers once more under the day of the newest data in them. The version of a day changes
// until data of a later day come; from then on it stays as it is, as long as it is kept.
func (b *builder) datedVersions(context.Context) error {
	newest := b.newest
	if newest == "" {
		return nil
	}
	for _, v := range b.questionViews() {
		for _, d := range v.Downloads {
			if err := b.stage.Alias("data/"+newest+"/"+strings.TrimPrefix(d.Path, latestFolder), d.Path); err != nil {
				return err
			}
		}
	}
	older := map[string][]string{} // paths by day
	for path := range b.stage.Before().Names() {
		if m := datedPath.FindStringSubmatch(path); m != nil && m[1] < newest {
			older[m[1]] = append(older[m[1]], path)
		}
	}
	var days []string
	for day := range older {
		days = append(days, day)
	}
	slices.Sort(days)
	days = days[max(0, len(days)-*b.Publish.Versions):]
	for _, day := range days {
		for _, path := range older[day] {
			if f, there := b.stage.Before().File(path); there {
				if err := b.stage.Link(path, f); err != nil {
					return err
				}
			}
		}
	}
	b.dated = append(days, newest)
	return nil
}

// Dated are the versions of a question's table, newest first.
func (p *page) Dated(slug string) (all []datedFile) {
	for _, day := range slices.Backward(p.dated) {
		path := "data/" + day + "/" + slug + ".csv"
		if p.stage.Has(path) {
			all = append(all, datedFile{day, path, strings.TrimSuffix(path, ".csv") + ".parquet"})
		}
	}
	return all
}

type datedFile struct{ Day, CSV, Parquet string }
