package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// File is a file to be fetched.
type File struct {
	URLs    []string // where it is; the later ones are mirrors, asked where the earlier ones fail
	Part    string   // where its bytes go; a transfer that broke off goes on behind those that are there
	Since   Validators
	Bytes   int64 // at most; 0: no bound
	About   int64 // bytes that a listing tells, which may be rounded; 0: not told
	Crawled bool  // it was found by crawling: robots.txt is obeyed
	// Check reads the content while it comes, and says what is wrong with it. It need not read to the end. What it says
	// with a Torn may be so at the source: a file that comes the same three times is taken.
	Check func(io.Reader) error
}

// Torn is damage that a file may have had before it was published.
type Torn struct{ Err error }

func (t *Torn) Error() string { return "the file is damaged or cut off: " + t.Err.Error() }
func (t *Torn) Unwrap() error { return t.Err }

// tornAlike is how often damage must come the same to be the source's own.
const tornAlike = 3

// tornAge is how long ago a damaged file must have changed last: a younger one may still be written.
const tornAge = 24 * time.Hour

// Forget removes what the client knows of the file, after the file itself has gone to its place.
func (f File) Forget() { os.Remove(f.Part + noteSuffix) }

// Got is a file that was fetched whole: it stands at Part, and another call would be content with it, until Forget.
type Got struct {
	Validators
	URL    string // that gave it
	SHA256 string
	Bytes  int64
}

// partNote stands beside a part and says what it is a part of.
type partNote struct {
	Validators
	URL   string `json:"url"`
	Total int64  `json:"total"` // bytes of the whole; 0: not known
}

const noteSuffix = ".json"

// errDisk says that writing failed.
var errDisk = errors.New("writing to the disk")

// File fetches a file to disk, hashed and checked in the same pass. Nothing newer gives ErrNotModified. What is there of a
// transfer that broke off, that was cut by the budget or ended with the program stays at Part for the next call.
func (c *Client) File(ctx context.Context, f File) (Got, error) {
	if err := os.MkdirAll(filepath.Dir(f.Part), 0o755); err != nil {
		return Got{}, err
	}
	var errs []error
	for _, address := range f.URLs {
		got, err := c.fileFrom(ctx, address, f)
		if err == nil || errors.Is(err, ErrNotModified) {
			return got, err
		}
		errs = append(errs, err)
		if ctx.Err() != nil || errors.Is(err, ErrBudget) || errors.Is(err, ErrSpace) || errors.Is(err, errDisk) {
			break
		}
	}
	return Got{}, errors.Join(errs...)
}

func (c *Client) fileFrom(ctx context.Context, address string, f File) (Got, error) {
	u, err := url.Parse(address)
	if err != nil {
		return Got{}, err
	}
	if f.Crawled {
		if err := c.Allowed(ctx, u); err != nil {
			return Got{}, err
		}
	}
	p, err := c.openPart(address, f)
	if err != nil {
		return Got{}, err
	}
	defer p.close()
	err = c.Retried(ctx, address, func() error {
		err := c.transfer(ctx, u, f, p)
		var torn *Torn
		if errors.As(err, &torn) && p.alike() >= tornAlike && near(p.n, f.About) && p.older(c.Now().Add(-tornAge)) {
			slog.Warn("the file is damaged at the source and kept so", "url", address, "error", torn.Err)
			return nil
		}
		var content *ContentError
		if errors.As(err, &content) {
			if e := p.restart(); e != nil {
				return e
			}
		}
		return err
	})
	if err != nil {
		if p.n == 0 {
			p.forget()
		}
		return Got{}, err
	}
	if err := p.file.Sync(); err != nil {
		return Got{}, fmt.Errorf("%w: %w", errDisk, err)
	}
	return Got{Validators: p.note.Validators, URL: address, SHA256: hex.EncodeToString(p.hash.Sum(nil)), Bytes: p.n}, nil
}

// transfer makes one request for what is missing, and takes what comes.
func (c *Client) transfer(ctx context.Context, u *url.URL, f File, p *part) error {
	if c.spend(0) <= 0 {
		return fmt.Errorf("%s: %w", u, ErrBudget)
	}
	leave, err := c.enter(ctx, u)
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	since, whole := f.Since, p.n > 0 && p.n == p.note.Total
	switch {
	case whole: // the program ended before it could say so; it is enough that the file is still the same
		since = p.note.Validators
	case p.n > 0:
		since = Validators{}
	}
	req, err := c.request(ctx, u.String(), since)
	if err != nil {
		return err
	}
	if p.n > 0 && !whole {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", p.n))
		req.Header.Set("If-Range", p.note.strong())
	}
	resp, err := c.follow.Do(req)
	if err != nil {
		return because(ctx, err)
	}
	defer resp.Body.Close()
	wrong := func(format string, values ...any) error {
		return &ContentError{URL: u.String(), Err: fmt.Errorf(format, values...)}
	}
	if resp.StatusCode == http.StatusRequestedRangeNotSatisfiable && p.n > 0 {
		return wrong("the server has no byte behind the %d that are here: the file has changed, it is fetched anew", p.n)
	}
	err = statusError(resp, c.Now())
	if whole && errors.Is(err, ErrNotModified) {
		return p.sound(u)
	}
	if err != nil {
		return err
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind == "text/html" {
		return wrong("a web page in place of the file; open the URL in a browser to see what it says")
	}
	now := validatorsOf(resp)
	total := int64(0)
	switch {
	case resp.StatusCode == http.StatusPartialContent:
		from, whole, err := contentRange(resp.Header.Get("Content-Range"))
		if err != nil || p.n == 0 || from != p.n {
			return wrong("the server answered with another part than was asked for: %q from byte %d", resp.Header.Get("Content-Range"), p.n)
		}
		total = whole
	default:
		if p.n > 0 { // the file has changed, or the server knows no ranges
			if err := p.restart(); err != nil {
				return err
			}
		}
		p.note = partNote{now, u.String(), max(resp.ContentLength, 0)}
		total = p.note.Total
		if err := p.writeNote(); err != nil {
			return err
		}
	}
	if f.Bytes > 0 && total > f.Bytes {
		return &ContentError{URL: u.String(), Err: fmt.Errorf("the server announces %d bytes, more than the %d that such a file may have", total, f.Bytes), final: true}
	}
	if err := c.room(filepath.Dir(f.Part), total-p.n); err != nil {
		return fmt.Errorf("%s: %w", u, err)
	}
	body := c.watch(ctx, cancel, resp.Body)
	defer body.Close()
	if err := c.take(u, f, p, body); err != nil {
		return err
	}
	if total > 0 && p.n != total {
		return wrong("%d bytes came of %d that were announced", p.n, total)
	}
	return p.sound(u)
}

// spaceEvery is how many bytes are written between two looks at the disk's room.
const spaceEvery = 8 << 20

// take writes the body behind what is there.
func (c *Client) take(u *url.URL, f File, p *part, body io.Reader) error {
	buffer := make([]byte, 128<<10)
	looked, left := p.n, c.spend(0)
	for {
		n, err := body.Read(buffer[:min(int64(len(buffer)), max(left, 1))])
		left = c.spend(int64(n))
		if e := p.write(buffer[:n]); e != nil {
			return fmt.Errorf("%s: %w: %w", u, errDisk, e)
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("%s: %w", u, err)
		case f.Bytes > 0 && p.n > f.Bytes:
			return &ContentError{URL: u.String(), Err: fmt.Errorf("more than the %d bytes that such a file may have", f.Bytes), final: true}
		case left <= 0 && p.note.strong() == "":
			return fmt.Errorf("%s: %w after %d bytes, and the server cannot go on from there: the next run begins anew; raise run.bytes", u, ErrBudget, p.n)
		case left <= 0:
			return fmt.Errorf("%s: %w: %d of %d bytes are here, the next run goes on", u, ErrBudget, p.n, p.note.Total)
		case p.n-looked >= spaceEvery:
			looked = p.n
			if err := c.room(filepath.Dir(f.Part), 0); err != nil {
				return fmt.Errorf("%s: %w", u, err)
			}
		}
	}
}

// room fails where the disk has no room for more bytes besides the reserve.
func (c *Client) room(dir string, more int64) error {
	free, err := c.Free(dir)
	if err != nil {
		return fmt.Errorf("%w: %w", errDisk, err)
	}
	if need := uint64(c.Reserve) + uint64(max(more, 0)); free < need {
		return fmt.Errorf("%w: %d bytes are free in %s, %d are to come and %d shall stay free (fetch.reserve); make room", ErrSpace, free, dir, max(more, 0), c.Reserve)
	}
	return nil
}

// contentRange reads "bytes 5-9/10"; whole is 0 where it is not told.
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

// strong is the validator that If-Range may hold; empty: the transfer cannot be resumed.
func (n partNote) strong() string {
	if n.ETag != "" && !strings.HasPrefix(n.ETag, "W/") {
		return n.ETag
	}
	return n.LastModified
}

// part is what is there of a file, with its hash and its check.
type part struct {
	path  string
	file  *os.File
	note  partNote
	n     int64
	hash  hash.Hash
	check func(io.Reader) error

	pipe   *io.PipeWriter // to the check; nil: none
	result chan error
	torn   map[string]int // how often it came with this hash, and damaged
}

// alike counts the damaged file, and tells how often it came the same.
func (p *part) alike() int {
	sum := string(p.hash.Sum(nil))
	p.torn[sum]++
	return p.torn[sum]
}

// older tells whether the file is said to have changed before t.
func (p *part) older(t time.Time) bool {
	at, err := http.ParseTime(p.note.LastModified)
	return err == nil && at.Before(t)
}

// near tells whether a size may be what a listing rounds.
func near(n, about int64) bool {
	return about == 0 || n-about <= about/10+1024 && about-n <= about/10+1024
}

// openPart opens what is there of the file under this URL.
func (c *Client) openPart(address string, f File) (*part, error) {
	p := &part{path: f.Part, check: f.Check, torn: map[string]int{}}
	b, err := os.ReadFile(f.Part + noteSuffix)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	known := err == nil && json.Unmarshal(b, &p.note) == nil && p.note.URL == address && p.note.strong() != ""
	if p.file, err = os.OpenFile(f.Part, os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return nil, err
	}
	if err := p.start(); err != nil {
		p.close()
		return nil, err
	}
	if known { // what is there goes through hash and check once more
		_, err = io.Copy(writerFunc(func(b []byte) (int, error) { return len(b), p.take(b) }), p.file)
		if err == nil && (p.note.Total == 0 || p.n <= p.note.Total) {
			return p, nil
		}
	}
	if err := p.restart(); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

type writerFunc func([]byte) (int, error)

func (w writerFunc) Write(b []byte) (int, error) { return w(b) }

// start begins hash and check.
func (p *part) start() error {
	p.n, p.hash = 0, sha256.New()
	if p.check == nil {
		return nil
	}
	r, w := io.Pipe()
	p.pipe, p.result = w, make(chan error, 1)
	go func() {
		err := p.check(r)
		io.Copy(io.Discard, r) // the whole is wanted, damaged or not
		p.result <- err
	}()
	return nil
}

// endCheck gives the check up.
func (p *part) endCheck() {
	if p.pipe != nil {
		p.pipe.CloseWithError(context.Canceled)
		<-p.result
		p.pipe = nil
	}
}

// checked waits for the check's word on the whole.
func (p *part) checked() error {
	if p.pipe == nil {
		return nil
	}
	p.pipe.Close()
	err := <-p.result
	p.pipe = nil
	return err
}

// sound tells what the check has against the whole.
func (p *part) sound(u *url.URL) error {
	if err := p.checked(); err != nil {
		return &ContentError{URL: u.String(), Err: err}
	}
	return nil
}

// restart throws away what is there.
func (p *part) restart() error {
	p.endCheck()
	if err := p.file.Truncate(0); err != nil {
		return fmt.Errorf("%w: %w", errDisk, err)
	}
	if _, err := p.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("%w: %w", errDisk, err)
	}
	return p.start()
}

func (p *part) writeNote() error {
	b, err := json.Marshal(p.note)
	if err == nil {
		err = os.WriteFile(p.path+noteSuffix, b, 0o644)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errDisk, err)
	}
	return nil
}

// take hashes and checks.
func (p *part) take(b []byte) error {
	p.hash.Write(b)
	p.n += int64(len(b))
	if p.pipe != nil && len(b) > 0 {
		if _, err := p.pipe.Write(b); err != nil {
			return err
		}
	}
	return nil
}

func (p *part) write(b []byte) error {
	if _, err := p.file.Write(b); err != nil {
		return err
	}
	return p.take(b)
}

func (p *part) close() {
	p.endCheck()
	p.file.Close() // it was synced where it matters
}

// forget removes a part of nothing.
func (p *part) forget() {
	os.Remove(p.path)
	os.Remove(p.path + noteSuffix)
}
