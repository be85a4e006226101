package site

import (
	"strings"

	"tidemark/site/publish"
)

// changesPath is the changelog of the data.
const changesPath = "datasets/changes.html"

// release lists what a release of the program changed in the data.
type release struct {
	Name    string
	Changes [][]span
}

// span is a piece of a line: plain, or code.
type span struct {
	Text string
	Code bool
}

// changesPages returns the page with the changelog of the data, if there is one.
func changesPages(f *facts, _ *publish.Stage) ([]*page, error) {
	if f.Changelog == "" {
		return nil, nil
	}
	return []*page{{frame: f.frame, Path: changesPath, Nav: "Data", Body: "changes.html", Title: "Changes to the data",
		Description: "Columns and metrics whose meaning changed, and new datasets, by release.", Data: dataChanges(f.Changelog)}}, nil
}

// dataChanges returns the entries under the headings "Data" of a changelog: "## release", "### Data", "- entry" with
// indented continuation lines.
func dataChanges(changelog string) (all []release) {
	name, inData, entry := "", false, ""
	end := func() {
		if entry != "" {
			all[len(all)-1].Changes = append(all[len(all)-1].Changes, spans(entry))
		}
		entry = ""
	}
	for line := range strings.SplitSeq(changelog, "\n") {
		switch {
		case strings.HasPrefix(line, "## "):
			end()
			name, inData = strings.TrimSpace(line[3:]), false
		case strings.HasPrefix(line, "### "):
			end()
			if inData = strings.TrimSpace(line[4:]) == "Data"; inData {
				all = append(all, release{Name: name})
			}
		case inData && strings.HasPrefix(line, "- "):
			end()
			entry = strings.TrimSpace(line[2:])
		case inData && entry != "" && strings.HasPrefix(line, "  "):
			entry += " " + strings.TrimSpace(line)
		}
	}
	end()
	return all
}

// spans splits a line at its backquotes.
func spans(line string) (all []span) {
	for i, part := range strings.Split(line, "`") {
		if part != "" {
			all = append(all, span{part, i%2 == 1})
		}
	}
	return all
}
