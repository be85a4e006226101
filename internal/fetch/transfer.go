package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

// A transfer is one request for a file. What it asks for depends on what is at Part, and what it does on the answer:
//
//	at Part           asks for                 304         200               206           416
//	nothing           all, if newer            unmodified  start over        an error      an error
//	a beginning       the rest (If-Range)      unmodified  start over        append        an error: start over
//	all, unconfirmed  all, if it has changed   verify      start over        an error      an error: start over
//
// The third row is a program that ended after the last byte and before the file was accepted.
type transfer struct {
	*Client
	url  *url.URL
	file File
	part *part
}

// run makes the request, and brings part to the end of the file.
func (t *transfer) run(ctx context.Context) error {
	if t.spend(0) <= 0 {
		return fmt.Errorf("%s: %w", t.url, ErrBudget)
	}
	leave, err := t.enter(ctx, t.url)
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	unconfirmed := t.part.n > 0 && t.part.n == t.part.note.Total
	req, err := t.ask(ctx, unconfirmed)
	if err != nil {
		return err
	}
	resp, err := t.follow.Do(req)
	if err != nil {
		return withCause(ctx, err)
	}
	defer resp.Body.Close()
	err = t.judge(resp)
	if unconfirmed && errors.Is(err, ErrNotModified) {
		return t.part.verify(t.url)
	}
	if err != nil {
		return err
	}
	total, err := t.position(resp)
	if err != nil {
		return err
	}
	if t.file.Bytes > 0 && total > t.file.Bytes {
		return &ContentError{URL: t.url.String(), Err: fmt.Errorf("the server announces %d bytes, more than the maximum of %d for such a file", total, t.file.Bytes), final: true}
	}
	if err := t.RequireSpace(filepath.Dir(t.file.Part), total-t.part.n); err != nil {
		return fmt.Errorf("%s: %w", t.url, err)
	}
	body := t.watch(ctx, cancel, resp.Body)
	defer body.Close()
	if err := t.receive(body); err != nil {
		return err
	}
	if total > 0 && t.part.n != total {
		return t.wrong("%d bytes were received of %d that were announced", t.part.n, total)
	}
	return t.part.verify(t.url)
}

// wrong returns an error about the content, after which the file is fetched anew.
func (t *transfer) wrong(format string, values ...any) error {
	return &ContentError{URL: t.url.String(), Err: fmt.Errorf(format, values...)}
}

// ask makes the request.
func (t *transfer) ask(ctx context.Context, unconfirmed bool) (*http.Request, error) {
	since := t.file.Since
	switch {
	case unconfirmed:
		since = t.part.note.Validators
	case t.part.n > 0:
		since = Validators{}
	}
	req, err := t.request(ctx, t.url.String(), since)
	if err == nil && t.part.n > 0 && !unconfirmed {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", t.part.n))
		req.Header.Set("If-Range", t.part.note.ifRange())
	}
	return req, err
}

// judge returns an error for an answer without a body to receive.
func (t *transfer) judge(resp *http.Response) error {
	if resp.StatusCode == http.StatusRequestedRangeNotSatisfiable && t.part.n > 0 {
		return t.wrong("the server has nothing after the %d bytes that are here: the file has changed and is fetched anew", t.part.n)
	}
	if err := Status(resp, t.Now()); err != nil {
		return err
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind == "text/html" {
		return t.wrong("a web page in place of the file; open the URL in a browser to see what it says")
	}
	return nil
}

// position makes part ready for the first byte of the body, and returns the size of the whole file; 0: unknown.
func (t *transfer) position(resp *http.Response) (total int64, err error) {
	p := t.part
	if resp.StatusCode == http.StatusPartialContent {
		stated := resp.Header.Get("Content-Range")
		from, total, err := contentRange(stated)
		if err != nil || p.n == 0 || from != p.n {
			return 0, t.wrong("the server answered with another part than the one requested: %q, not from byte %d", stated, p.n)
		}
		return total, nil
	}
	if p.n > 0 { // the file has changed, or the server does not support ranges
		if err := p.restart(); err != nil {
			return 0, err
		}
	}
	p.note = partNote{validatorsOf(resp), t.url.String(), max(resp.ContentLength, 0)}
	return p.note.Total, p.writeNote()
}

// spaceEvery is how many bytes are written between two looks at the free space of the disk.
const spaceEvery = 8 << 20

// receive appends the body to the part.
func (t *transfer) receive(body io.Reader) error {
	p, buffer := t.part, make([]byte, 128<<10)
	looked, left := p.n, t.spend(0)
	for {
		n, err := body.Read(buffer[:min(int64(len(buffer)), max(left, 1))])
		left = t.spend(int64(n))
		if e := p.write(buffer[:n]); e != nil {
			return fmt.Errorf("%s: %w: %w", t.url, errDisk, e)
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("%s: %w", t.url, err)
		case t.file.Bytes > 0 && p.n > t.file.Bytes:
			return &ContentError{URL: t.url.String(), Err: fmt.Errorf("more than the maximum of %d bytes for such a file", t.file.Bytes), final: true}
		case left <= 0 && p.note.ifRange() == "":
			return fmt.Errorf("%s: %w after %d bytes, and the server cannot resume there: the next run starts over; raise run.bytes", t.url, ErrBudget, p.n)
		case left <= 0:
			return fmt.Errorf("%s: %w: %d of %d bytes are here, the next run resumes", t.url, ErrBudget, p.n, p.note.Total)
		case p.n-looked >= spaceEvery:
			looked = p.n
			if err := t.RequireSpace(filepath.Dir(t.file.Part), 0); err != nil {
				return fmt.Errorf("%s: %w", t.url, err)
			}
		}
	}
}

// RequireSpace returns ErrSpace if the disk of a folder has no space for more bytes besides the reserve.
func (c *shared) RequireSpace(dir string, more int64) error {
	free, err := c.Free(dir)
	if err != nil {
		return fmt.Errorf("%w: %w", errDisk, err)
	}
	if need := uint64(c.Reserve) + uint64(max(more, 0)); free < need {
		return fmt.Errorf("%w: %d bytes are free in %s, %d are needed and %d must stay free (fetch.reserve); free some space", ErrSpace, free, dir, max(more, 0), c.Reserve)
	}
	return nil
}

// contentRange parses "bytes 5-9/10" (RFC 9110 section 14.4); whole is 0 if it is not stated.
func contentRange(s string) (from, whole int64, err error) {
	span, all, ok := strings.Cut(strings.TrimPrefix(s, "bytes "), "/")
	first, last, two := strings.Cut(span, "-")
	from, err = strconv.ParseInt(first, 10, 64)
	to, err2 := strconv.ParseInt(last, 10, 64)
	if !ok || !two || err != nil || err2 != nil || to < from || from < 0 {
		return 0, 0, fmt.Errorf("Content-Range %q", s)
	}
	if all != "*" {
		if whole, err = strconv.ParseInt(all, 10, 64); err != nil || whole != to+1 {
			return 0, 0, fmt.Errorf("Content-Range %q", s)
		}
	}
	return from, whole, nil
}
