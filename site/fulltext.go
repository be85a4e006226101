package site

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"path"
	"runtime"
	"slices"
	"strings"
	"time"

	"tidemark/rfcwatch/fulltext"
	"tidemark/rfcwatch/history"
	"tidemark/site/publish"
)

const (
	fulltextPath   = "rfcs/text.html"
	fulltextScript = "assets/fulltext.js"
	fulltextFolder = "rfcs/text/"
)

// fulltextView is the page of the search in the texts.
type fulltextView struct {
	Texts, Documents int       // RFCs whose text is searched, of those in the index
	Day              time.Time // of the index
	Segments         string    // names of the folders of the index
}

// fulltextPages returns the page that searches the texts of RFCs, and writes its index; none where no text is at hand.
func fulltextPages(f *facts, stage *publish.Stage) ([]*page, error) {
	texts := f.Standards.FullTexts
	if len(texts) == 0 {
		return nil, nil
	}
	old := map[string][]string{} // the files of each folder of the published version
	for name := range stage.Before().Names() {
		if strings.HasPrefix(name, fulltextFolder) {
			old[path.Dir(name)] = append(old[path.Dir(name)], name)
		}
	}
	view := fulltextView{Texts: len(texts), Day: f.Standards.Day}
	view.Documents, _, _ = f.Standards.Issued()
	var names []string
	for segment := range segmentsOf(texts) {
		name, err := segmentName(segment)
		if err != nil {
			return nil, err
		}
		names = append(names, name)
		folder := fulltextFolder + name
		linked, err := linkSegment(stage, old[folder])
		if err == nil && !linked {
			err = fulltext.WriteSegment(folder, read(segment), stage.Add)
		}
		if err != nil {
			return nil, fmt.Errorf("indexing texts of RFCs: %w", err)
		}
	}
	view.Segments = strings.Join(names, " ")
	return []*page{{frame: f.frame, Path: fulltextPath, Nav: "Standards", Body: "fulltext.html", Scripts: []string{fulltextScript}, Data: view,
		Title: "Search the texts of RFCs", Description: "Words, phrases and normative statements in the texts of RFCs."}}, nil
}

// segmentsOf yields the texts of each segment of the index.
func segmentsOf(texts []history.FullText) iter.Seq[[]history.FullText] {
	return func(yield func([]history.FullText) bool) {
		for len(texts) > 0 {
			of := texts[0].Number / fulltext.SegmentSize
			end := slices.IndexFunc(texts, func(t history.FullText) bool { return t.Number/fulltext.SegmentSize != of })
			if end < 0 {
				end = len(texts)
			}
			if !yield(texts[:end]) {
				return
			}
			texts = texts[end:]
		}
	}
}

// segmentName returns the name of a segment's folder, which tells everything that its files are made of: so a published segment of that
// name can be published again, and a browser that has a file of it need not ask for it again.
func segmentName(texts []history.FullText) (string, error) {
	content, err := json.Marshal(texts)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	fmt.Fprintln(sum, fulltext.Format, runtime.Version()) // the compressor is the standard library's
	sum.Write(content)
	return fmt.Sprintf("%d-%s", texts[0].Number/fulltext.SegmentSize, hex.EncodeToString(sum.Sum(nil))[:16]), nil
}

// linkSegment publishes the files of a segment again, and reports whether they are whole.
func linkSegment(stage *publish.Stage, names []string) (linked bool, err error) {
	files := map[string]publish.File{}
	for _, name := range names {
		file, whole := stage.Before().File(name)
		if !whole {
			return false, nil
		}
		files[name] = file
	}
	for name, file := range files {
		if err := stage.Link(name, file); err != nil {
			return false, err
		}
	}
	return len(files) > 0, nil
}

// read yields the texts of a segment, one at a time.
func read(segment []history.FullText) iter.Seq2[*fulltext.Text, error] {
	return func(yield func(*fulltext.Text, error) bool) {
		for i := range segment {
			if !yield(segment[i].Read()) {
				return
			}
		}
	}
}
