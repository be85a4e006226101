package site

import (
	"maps"
	"path"
	"regexp"
	"slices"

	"tidemark/site/publish"
)

var datedPath = regexp.MustCompile(`^data/([0-9]{4}-[0-9]{2}-[0-9]{2})/([^/.]+)\.[a-z.]+$`)

// publishVersions publishes each answer once more under the day of which it speaks, and keeps its newest older versions, at
// most maxOlder. The version of a day changes until the answer speaks of a later day; then it stays as it is. The versions of
// each table are returned by the slug of its question, newest first.
func publishVersions(answers []answerTable, maxOlder int, stage *publish.Stage) (map[string][]datedFile, error) {
	older := olderVersions(stage)
	dated := map[string][]datedFile{}
	for _, a := range answers {
		slug, day := a.Question.Slug, a.Standing.Day()
		if day == "" {
			continue
		}
		for _, d := range a.Downloads {
			if err := stage.Alias("data/"+day+"/"+path.Base(d.Path), d.Path); err != nil {
				return nil, err
			}
		}
		dated[slug] = []datedFile{versionOf(slug, day)}
		for _, before := range slices.Backward(slices.Sorted(maps.Keys(older[slug]))) {
			if before >= day || len(dated[slug]) > maxOlder {
				continue
			}
			whole, err := keepVersion(older[slug][before], stage)
			if err != nil {
				return nil, err
			}
			if !whole {
				continue
			}
			dated[slug] = append(dated[slug], versionOf(slug, before))
		}
	}
	return dated, nil
}

// olderVersions returns the paths of the versions in the published site by slug and day.
func olderVersions(stage *publish.Stage) map[string]map[string][]string {
	all := map[string]map[string][]string{}
	for path := range stage.Before().Names() {
		if m := datedPath.FindStringSubmatch(path); m != nil {
			if all[m[2]] == nil {
				all[m[2]] = map[string][]string{}
			}
			all[m[2]][m[1]] = append(all[m[2]][m[1]], path)
		}
	}
	return all
}

// keepVersion links the files of a version from the published site. A version of which one is missing, or is no longer as it was
// published, is given up.
func keepVersion(paths []string, stage *publish.Stage) (whole bool, err error) {
	kept := map[string]publish.File{}
	for _, path := range paths {
		f, ok := stage.Before().File(path)
		if !ok {
			return false, nil
		}
		kept[path] = f
	}
	for path, f := range kept {
		if err := stage.Link(path, f); err != nil {
			return false, err
		}
	}
	return true, nil
}

// datedFile is a version of a table, by its paths in the site.
type datedFile struct{ Day, CSV, Parquet string }

func versionOf(slug, day string) datedFile {
	base := "data/" + day + "/" + slug
	return datedFile{day, base + ".csv", base + ".parquet"}
}
