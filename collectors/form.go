package collectors

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"tidemark/internal/compression"
)

// Form is what the files of a kind look like, as far as that can be told without decoding them. What does not look so is not
// kept: a server's passing wrong answer must not be a day's file.
type Form struct {
	Bytes    int64 // of the largest file, as it is received; 0: 1 GB
	Inflated int64 // of its content; 0: 4 GB
	Tar      int64 // of a tar around the content, inflated; 0: as Inflated
	Filled   bool  // every file gives rows
	// Begins reports whether a file may begin like this; start is at most 512 bytes of the content, without a byte order mark and
	// blanks. nil: it may begin in any way.
	Begins func(start []byte) bool
	Like   string // what Begins wants, for example "a line with fields between |"
}

// FormOf returns the form of a kind's files, with the bounds that it leaves open.
func FormOf(kind Kind) Form {
	form := Form{}
	if k, is := kind.(interface{ Form() Form }); is {
		form = k.Form()
	}
	return form.bounded()
}

func (f Form) bounded() Form {
	f.Bytes, f.Inflated = cmp.Or(f.Bytes, 1<<30), cmp.Or(f.Inflated, 4<<30)
	return f
}

// Limit returns what a file of the form may inflate to.
func (f Form) Limit() compression.Limit {
	limit := compression.DefaultLimit()
	limit.Max, limit.Tar = f.Inflated, f.Tar
	limit.Free = min(limit.Free, limit.Max)
	return limit
}

// Starting returns a Begins for content that begins with one of these texts, whatever the case of its letters.
func Starting(with ...string) func([]byte) bool {
	return func(start []byte) bool {
		text := strings.ToLower(string(start))
		return slices.ContainsFunc(with, func(w string) bool { return strings.HasPrefix(text, strings.ToLower(w)) })
	}
}

// InFirstLine returns a Begins for text whose first line, or the part of it that is seen, satisfies f. Lines that begin with one of the
// runes of comment are passed over.
func InFirstLine(comment string, f func(line string) bool) func([]byte) bool {
	return func(start []byte) bool {
		for line := range bytes.Lines(start) {
			if text := strings.TrimSpace(string(line)); text != "" && !strings.ContainsRune(comment, rune(text[0])) {
				return f(text)
			}
		}
		return true // comments as far as is seen
	}
}
