package fetch

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// File is a file to be fetched.
type File struct {
	URLs     []string // where it is; the later ones are mirrors, tried if the earlier ones fail
	Part     string   // path that its bytes are written to; an interrupted transfer resumes after those that are there
	Since    Validators
	SinceURL string // that gave Since; other URLs are not asked with it
	Bytes    int64  // maximum; 0: no bound
	About    int64  // size according to a listing, which may be rounded; 0: unknown
	// Check reads the content during the transfer and reports what is wrong with it. It need not read to the end. If it
	// returns a Torn, the source itself may be damaged: a file that is received three times with the same bytes is accepted.
	Check func(io.Reader) error
}

// Torn is damage that a file may have had before it was published.
type Torn struct{ Err error }

func (t *Torn) Error() string { return "the file is damaged or cut off: " + t.Err.Error() }
func (t *Torn) Unwrap() error { return t.Err }

// identicalDamage is the number of identical damaged downloads after which the source itself is taken to be damaged.
const identicalDamage = 3

// settledAge is how long ago a damaged file must have changed last: a younger one may still be being written.
const settledAge = 24 * time.Hour

// RemoveNote removes what the client remembers of the file, once the file has been moved to its place.
func (f File) RemoveNote() { os.Remove(f.Part + noteSuffix) }

// Result is a file that was fetched completely. It is at Part, and until RemoveNote another call returns it again.
type Result struct {
	Validators
	URL    string // that it was fetched from
	SHA256 string
	Bytes  int64
}

// File fetches a file to disk, hashed and checked in the same pass. It returns ErrNotModified if the source has nothing
// newer. The bytes of a transfer that broke, used up the budget or ended with the program stay at Part for the next call, if the
// server has validators to resume by.
func (c *Client) File(ctx context.Context, f File) (Result, error) {
	if err := os.MkdirAll(filepath.Dir(f.Part), 0o755); err != nil {
		return Result{}, err
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
	return Result{}, errors.Join(errs...)
}

func (c *Client) fileFrom(ctx context.Context, address string, f File) (Result, error) {
	u, err := url.Parse(address)
	if err != nil {
		return Result{}, err
	}
	if err := c.Allowed(ctx, u); err != nil {
		return Result{}, err
	}
	p, err := openPart(address, f)
	if err != nil {
		return Result{}, err
	}
	defer p.close()
	if address != f.SinceURL {
		f.Since = Validators{}
	}
	t := &transfer{Client: c, url: u, file: f, part: p}
	before := p.n
	if err := c.retry(ctx, address, func() error { return t.attempt(ctx) }); err != nil {
		if ctx.Err() != nil && p.n-before >= c.least() && p.note.ifRange() != "" {
			err = fmt.Errorf("%w: %w", err, ErrBegun)
		}
		if p.n == 0 || p.note.ifRange() == "" || errors.Is(err, ErrSpace) { // nobody can go on with it, or its space is needed
			p.discard()
		}
		return Result{}, err
	}
	if err := p.file.Sync(); err != nil {
		return Result{}, fmt.Errorf("%w: %w", errDisk, err)
	}
	return Result{Validators: p.note.Validators, URL: address, SHA256: hex.EncodeToString(p.hash.Sum(nil)), Bytes: p.n}, nil
}

// attempt makes one transfer. It accepts damage that the source itself has; after other wrong content the file is fetched
// anew.
func (t *transfer) attempt(ctx context.Context) error {
	err := t.run(ctx)
	var torn *Torn
	if errors.As(err, &torn) && t.part.countDamage() >= identicalDamage && matchesListing(t.part.n, t.file.About) && t.part.changedBefore(t.Now().Add(-settledAge)) {
		t.Log.Warn("the file is damaged at the source and accepted as it is", "url", t.url.String(), "error", torn.Err)
		return nil
	}
	var content *ContentError
	if errors.As(err, &content) {
		if e := t.part.restart(); e != nil {
			return e
		}
	}
	return err
}

// matchesListing reports whether n could have been rounded to the size that a listing shows; 0 matches every size.
func matchesListing(n, listed int64) bool {
	return listed == 0 || n-listed <= listed/10+1024 && listed-n <= listed/10+1024
}
