package fetch_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/internal/fault"
	"tidemark/internal/fetch"
)

// drips sends a byte every twentieth of the stall time, for ever.
func drips(w http.ResponseWriter, r *http.Request) {
	for r.Context().Err() == nil {
		w.Write([]byte("#"))
		http.NewResponseController(w).Flush()
		time.Sleep(10 * time.Millisecond)
	}
}

// endless sends bytes without an end, and nothing to go on by.
func endless(w http.ResponseWriter, r *http.Request) {
	b := make([]byte, 1<<20)
	for r.Context().Err() == nil {
		if _, err := w.Write(b); err != nil {
			return
		}
	}
}

// impatient is a client that tries once.
func impatient(change func(*fetch.Options)) *fetch.Client {
	o := newClock().options()
	o.Attempts = 1
	if change != nil {
		change(&o)
	}
	return fetch.New(o)
}

// TestDrip: a server that sends a byte now and then holds nobody, whatever it is asked for.
func TestDrip(t *testing.T) {
	base, _ := server(t, drips)
	robots := httptest.NewServer(http.HandlerFunc(drips)) // from robots.txt on
	t.Cleanup(robots.Close)
	part := func() string { return filepath.Join(t.TempDir(), "part") }
	for name, ask := range map[string]func(*fetch.Client) error{
		"a document": func(c *fetch.Client) error {
			_, _, err := c.Read(t.Context(), base+"/x", fetch.Validators{})
			return err
		},
		"robots.txt": func(c *fetch.Client) error {
			_, _, err := c.Read(t.Context(), robots.URL+"/x", fetch.Validators{})
			return err
		},
		"the beginning of a file": func(c *fetch.Client) error { _, err := c.Beginning(t.Context(), base+"/x", 1<<20); return err },
		"a file": func(c *fetch.Client) error {
			_, err := c.File(t.Context(), fetch.File{URLs: []string{base + "/x"}, Part: part()})
			return err
		},
	} {
		begun := time.Now()
		err := ask(impatient(func(o *fetch.Options) { o.Rate = 1000 }))
		if took := time.Since(begun); err == nil || !strings.Contains(err.Error(), "too little progress: less than 200 bytes in 200ms") || took > 2*time.Second {
			t.Errorf("%s: %v after %s, want too little progress", name, err, took)
		}
	}
	// Fast enough, and yet without an end.
	begun := time.Now()
	_, _, err := impatient(func(o *fetch.Options) { o.Rate, o.Document = 10, 300*time.Millisecond }).Read(t.Context(), base+"/x", fetch.Validators{})
	if took := time.Since(begun); err == nil || !strings.Contains(err.Error(), "took more than 300ms") || took > 2*time.Second {
		t.Errorf("%v after %s, want a document that took too long", err, took)
	}
}

// TestUnasked304: "not modified" is not an answer to a request without a condition.
func TestUnasked304(t *testing.T) {
	base, _ := server(t, status(http.StatusNotModified))
	var got *fetch.StatusError
	for name, ask := range map[string]func(*fetch.Client) error{
		"a document": func(c *fetch.Client) error {
			_, _, err := c.Read(t.Context(), base+"/x", fetch.Validators{})
			return err
		},
		"a cached document": func(c *fetch.Client) error {
			c.Cached(t.Context(), base+"/x", time.Hour) // what is cached of it must not count as missing either
			_, err := c.Cached(t.Context(), base+"/x", time.Hour)
			return err
		},
		"a file": func(c *fetch.Client) error {
			_, err := c.File(t.Context(), fetch.File{URLs: []string{base + "/x"}, Part: filepath.Join(t.TempDir(), "part")})
			return err
		},
	} {
		if err := ask(impatient(nil)); errors.Is(err, fetch.ErrNotModified) || !errors.As(err, &got) || !strings.Contains(err.Error(), "without a condition") {
			t.Errorf("%s: %v, want the status", name, err)
		}
	}
}

// TestEndless: a file without an end stops at its bound, or where the disk is full, and nothing of it stays.
func TestEndless(t *testing.T) {
	base, _ := server(t, endless)
	for want, c := range map[string]struct {
		client *fetch.Client
		bytes  int64
	}{
		"more than the maximum of 5000000 bytes": {impatient(nil), 5_000_000},
		"too little free space on the disk": {impatient(func(o *fetch.Options) {
			asked := 0
			o.Free = func(string) (uint64, error) { asked++; return uint64(1 << (20 - asked)), nil }
			o.Reserve = 1 << 18
		}), 0},
		"budget of bytes is used up": {impatient(func(o *fetch.Options) { o.Budget = 3_000_000 }), 0},
	} {
		dir := t.TempDir()
		_, err := c.client.File(t.Context(), fetch.File{URLs: []string{base + "/x"}, Part: filepath.Join(dir, "part"), Bytes: c.bytes})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: %s stays", want, left[0].Name())
		}
	}
}

// TestFaultOfCheck: a panic in the check of a file, which runs beside the transfer, is the file's error.
func TestFaultOfCheck(t *testing.T) {
	base, _ := server(t, whole)
	_, err := impatient(nil).File(t.Context(), fetch.File{
		URLs: []string{base + "/x.gz"}, Part: filepath.Join(t.TempDir(), "part"),
		Check: func(r io.Reader) error { panic("x") },
	})
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Errorf("%v, want the fault", err)
	}
}

// TestBegun: of a transfer that was cut off the error says whether the next one has something to go on with.
func TestBegun(t *testing.T) {
	for name, c := range map[string]struct {
		bytes int
		etag  string
		want  bool
	}{
		"most of it":       {5000, `"a"`, true},
		"few bytes":        {5, `"a"`, false},
		"nothing":          {0, `"a"`, false},
		"no way to resume": {5000, "", false},
	} {
		base, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "10000")
			if c.etag != "" {
				w.Header().Set("ETag", c.etag)
			}
			w.Write(make([]byte, c.bytes))
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
		})
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		client := impatient(func(o *fetch.Options) { o.Rate, o.Stall = 10, 10*time.Second })
		_, err := client.File(ctx, fetch.File{URLs: []string{base + "/x"}, Part: filepath.Join(t.TempDir(), "part")})
		if err == nil || errors.Is(err, fetch.ErrBegun) != c.want {
			t.Errorf("%s: %v, want begun %v", name, err, c.want)
		}
	}
}
