// Package registry reads what registries publish: IANA's registries of special-purpose blocks, of addresses and of AS
// numbers, the RIRs' delegation statistics, validated ROA payloads and local exceptions to them, AS names, lists of bogons.
package registry

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"regexp"
	"time"

	"tidemark/collectors/archive"
	"tidemark/internal/compression"
)

// open reads a raw file's inflated bytes; an empty file and a web page in place of a file are errors.
func open(raw archive.Raw) (*bufio.Reader, func(), error) {
	file, err := raw.Open()
	if err != nil {
		return nil, nil, err
	}
	inflated, err := compression.NewReader(file)
	if err != nil {
		file.Close()
		return nil, nil, fmt.Errorf("%s: %w", raw.ID(), err)
	}
	done := func() {
		inflated.Close()
		file.Close()
	}
	in := bufio.NewReaderSize(inflated, 64<<10)
	start, err := in.Peek(512)
	switch text := bytes.ToLower(bytes.TrimSpace(start)); {
	case len(text) == 0 && (err == nil || err == io.EOF):
		err = fmt.Errorf("%s: byte 0: the file is empty; fetch it again", raw.ID())
	case err != nil && err != io.EOF:
		err = fmt.Errorf("%s: byte 0: %w", raw.ID(), err)
	case bytes.HasPrefix(text, []byte("<!doctype")), bytes.HasPrefix(text, []byte("<html")):
		err = fmt.Errorf("%s: byte 0: this is a web page, not a registry file; fetch it again", raw.ID())
	default:
		return in, done, nil
	}
	done()
	return nil, nil, err
}

var nameDate = regexp.MustCompile(`(?:^|\D)((?:19|20)\d\d)-?(0[1-9]|1[0-2])(?:-?(0[1-9]|[12]\d|3[01]))?(?:\D|$)`)

// dayOf is the day that a file speaks of: the one given for it, else the one that it tells itself, else the one in its
// name, where a month stands for its last day.
func dayOf(raw archive.Raw, told time.Time) (time.Time, error) {
	switch {
	case !raw.Day.IsZero():
		return raw.Day, nil
	case !told.IsZero():
		return told.UTC().Truncate(24 * time.Hour), nil
	}
	if m := nameDate.FindStringSubmatch(raw.Name); m != nil {
		if m[3] != "" {
			return time.Parse("20060102", m[1]+m[2]+m[3])
		}
		month, err := time.Parse("200601", m[1]+m[2])
		return month.AddDate(0, 1, -1), err
	}
	return time.Time{}, fmt.Errorf("%s: neither the file nor its name tells its day; give --date DAY on import or date = \"DAY\" in the configuration", raw.ID())
}
