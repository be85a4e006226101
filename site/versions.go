package site

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"tidemark/site/publish"
)

// latestFolder holds the newest answers under addresses that never change.
const latestFolder = "data/latest/"

var datedPath = regexp.MustCompile(`^data/([0-9]{4}-[0-9]{2}-[0-9]{2})/[^/]+$`)

// publishVersions publishes the answers once more under the day of the newest data in them, and keeps the newest older
// versions, at most maxOlder. The version of a day changes until there are data of a later day; then it stays as it is. The
// versions of each table are returned by the slug of its question, newest first.
func publishVersions(answers []answerTable, newest string, maxOlder int, stage *publish.Stage) (map[string][]datedFile, error) {
	dated := map[string][]datedFile{}
	if newest == "" {
		return dated, nil
	}
	for _, a := range answers {
		for _, d := range a.Downloads {
			if err := stage.Alias("data/"+newest+"/"+strings.TrimPrefix(d.Path, latestFolder), d.Path); err != nil {
				return nil, err
			}
		}
	}
	days, err := keepVersions(newest, maxOlder, stage)
	if err != nil {
		return nil, err
	}
	days = append(days, newest)
	for _, a := range answers {
		for _, day := range slices.Backward(days) {
			base := "data/" + day + "/" + a.Question.Slug
			if stage.Has(base + ".csv") {
				dated[a.Question.Slug] = append(dated[a.Question.Slug], datedFile{day, base + ".csv", base + ".parquet"})
			}
		}
	}
	return dated, nil
}

// keepVersions links the versions of days before newest from the published site, at most maxOlder, and returns their days,
// oldest first.
func keepVersions(newest string, maxOlder int, stage *publish.Stage) ([]string, error) {
	paths := map[string][]string{} // by day
	for path := range stage.Before().Names() {
		if m := datedPath.FindStringSubmatch(path); m != nil && m[1] < newest {
			paths[m[1]] = append(paths[m[1]], path)
		}
	}
	days := slices.Sorted(maps.Keys(paths))
	days = days[max(0, len(days)-maxOlder):]
	for _, day := range days {
		for _, path := range paths[day] {
			if f, ok := stage.Before().File(path); ok {
				if err := stage.Link(path, f); err != nil {
					return nil, err
				}
			}
		}
	}
	return days, nil
}

// datedFile is a version of a table, by its paths in the site.
type datedFile struct{ Day, CSV, Parquet string }
