package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"tidemark/internal/atomicfile"
	"tidemark/internal/fault"
)

// partNote lies beside a part and says which file it is a part of.
type partNote struct {
	Validators
	URL   string `json:"url"`
	Total int64  `json:"total"` // size of the whole file in bytes; 0: unknown
}

const noteSuffix = ".json"

// errDisk says that writing failed.
var errDisk = errors.New("writing to the disk")

// ifRange returns the validator for If-Range (RFC 9110 section 13.1.5); empty: the transfer cannot be resumed.
func (n partNote) ifRange() string {
	if n.ETag != "" && !strings.HasPrefix(n.ETag, "W/") {
		return n.ETag
	}
	return n.LastModified
}

// part is a partial download, with the hash and the check of its bytes so far.
type part struct {
	path  string
	file  *os.File
	note  partNote
	n     int64 // bytes so far
	hash  hash.Hash
	check func(io.Reader) error

	pipe    *io.PipeWriter // to the running check; nil: none runs
	result  chan error     // of the check
	damaged map[string]int // how often a damaged file with this hash was received
}

// countDamage records that a damaged file with this hash was received, and returns how often it has been.
func (p *part) countDamage() int {
	sum := string(p.hash.Sum(nil))
	p.damaged[sum]++
	return p.damaged[sum]
}

// changedBefore reports whether the server says that the file changed last before t.
func (p *part) changedBefore(t time.Time) bool {
	at, err := http.ParseTime(p.note.LastModified)
	return err == nil && at.Before(t)
}

// openPart opens the partial download of the file, or an empty one if there is none from this URL.
func openPart(address string, f File) (*part, error) {
	p := &part{path: f.Part, check: f.Check, damaged: map[string]int{}}
	if stat, err := os.Lstat(f.Part); err == nil && !stat.Mode().IsRegular() { // a pipe would be waited for, a link lead elsewhere
		if err := os.Remove(f.Part); err != nil {
			return nil, err
		}
	}
	b, err := atomicfile.Read(f.Part + noteSuffix)
	if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, atomicfile.ErrForeign) {
		return nil, err
	}
	known := err == nil && json.Unmarshal(b, &p.note) == nil && p.note.URL == address && p.note.ifRange() != ""
	if p.file, err = os.OpenFile(f.Part, os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return nil, err
	}
	if err := p.start(); err != nil {
		p.close()
		return nil, err
	}
	if known {
		_, err = io.Copy(writerFunc(func(b []byte) (int, error) { return len(b), p.digest(b) }), p.file)
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

// Write calls the function.
func (w writerFunc) Write(b []byte) (int, error) { return w(b) }

// start begins the hash and the check.
func (p *part) start() error {
	p.n, p.hash = 0, sha256.New()
	if p.check == nil {
		return nil
	}
	r, w := io.Pipe()
	p.pipe, p.result = w, make(chan error, 1)
	go func() {
		err := fault.Caught(func() error { return p.check(r) })
		io.Copy(io.Discard, r) // the rest of the file is still wanted
		p.result <- err
	}()
	return nil
}

// abandonCheck ends the check before the end of the file.
func (p *part) abandonCheck() {
	if p.pipe != nil {
		p.pipe.CloseWithError(context.Canceled)
		<-p.result
		p.pipe = nil
	}
}

// verify returns the objection of the check to the complete file, if any.
func (p *part) verify(u *url.URL) error {
	if p.pipe == nil {
		return nil
	}
	p.pipe.Close()
	err := <-p.result
	p.pipe = nil
	if err != nil {
		return &ContentError{URL: u.String(), Err: err}
	}
	return nil
}

// restart drops the bytes received so far.
func (p *part) restart() error {
	p.abandonCheck()
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

// digest hashes and checks bytes that are in the file.
func (p *part) digest(b []byte) error {
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
	return p.digest(b)
}

func (p *part) close() {
	p.abandonCheck()
	p.file.Close() // it was synced where that matters
}

// discard deletes the partial download.
func (p *part) discard() {
	os.Remove(p.path)
	os.Remove(p.path + noteSuffix)
}
