package attack

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// storage is an object store of one bucket that says the truth until it is turned.
type storage struct {
	mu      sync.Mutex
	objects map[string][]byte
	turned  func(w http.ResponseWriter, r *http.Request, object []byte) bool // reports whether it has answered; nil: it says the truth
}

func (o *storage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<20))
	if err != nil {
		return
	}
	key := strings.TrimPrefix(r.URL.Path, "/bucket/")
	o.mu.Lock()
	object, is := o.objects[key]
	turned := o.turned
	o.mu.Unlock()
	if turned != nil && !strings.HasSuffix(key, "-lock") && turned(w, r, object) {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case r.URL.Query().Has("list-type"):
		io.WriteString(w, "<ListBucketResult>")
		for key, object := range o.objects {
			if !strings.HasPrefix(key, r.URL.Query().Get("prefix")) {
				continue
			}
			io.WriteString(w, "<Contents><Key>")
			xml.EscapeText(w, []byte(key))
			fmt.Fprintf(w, "</Key><Size>%d</Size><LastModified>2026-01-01T00:00:00Z</LastModified><ETag>%s</ETag></Contents>", len(object), tag(object))
		}
		io.WriteString(w, "</ListBucketResult>")
	case r.Method == http.MethodPut:
		o.objects[key] = body
		w.Header().Set("ETag", tag(body))
	case r.Method == http.MethodDelete:
		delete(o.objects, key)
		w.WriteHeader(http.StatusNoContent)
	case !is:
		http.Error(w, "", http.StatusNotFound)
	default:
		w.Header().Set("ETag", tag(object))
		w.Header().Set("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
		w.Header().Set("Content-Length", fmt.Sprint(len(object)))
		w.Write(object)
	}
}

// tag returns the ETag of an object.
func tag(object []byte) string {
	sum := md5.Sum(object)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

// endless writes a text until the other side has enough.
func endless(w http.ResponseWriter, text string) {
	block := []byte(strings.Repeat(text, 1000))
	for {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

// status returns an answer of a status for ever.
func status(code int) func(http.ResponseWriter, *http.Request, []byte) {
	return func(w http.ResponseWriter, _ *http.Request, _ []byte) { w.WriteHeader(code) }
}

// respond answers a request for an object of a storage.
type respond = func(w http.ResponseWriter, r *http.Request, object []byte)

// anyTransfer are lies about an object that is read or written.
func anyTransfer() []named[respond] {
	const failed = `<Error><Code>InternalError</Code><Message>no</Message></Error>`
	return []named[respond]{
		{"200 with an error in the body", func(w http.ResponseWriter, _ *http.Request, _ []byte) { io.WriteString(w, failed) }},
		{"another object's ETag", func(w http.ResponseWriter, _ *http.Request, object []byte) {
			w.Header().Set("ETag", tag([]byte("x")))
			w.Write(object)
		}},
		{"an endless answer", func(w http.ResponseWriter, _ *http.Request, _ []byte) { endless(w, "x") }},
		{"a redirect to the metadata of a cloud", func(w http.ResponseWriter, r *http.Request, _ []byte) {
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusTemporaryRedirect)
		}},
		{"a redirect to itself", func(w http.ResponseWriter, r *http.Request, _ []byte) {
			http.Redirect(w, r, r.URL.String(), http.StatusTemporaryRedirect)
		}},
		{"412 for ever", status(http.StatusPreconditionFailed)},
		{"409 for ever", status(http.StatusConflict)},
		{"404 for ever", status(http.StatusNotFound)},
		{"403 for ever", status(http.StatusForbidden)},
		{"503 for ever", status(http.StatusServiceUnavailable)},
		{"silence", func(_ http.ResponseWriter, r *http.Request, _ []byte) { <-r.Context().Done() }},
		{"a byte now and then", func(w http.ResponseWriter, r *http.Request, _ []byte) {
			for r.Context().Err() == nil {
				io.WriteString(w, "x")
				w.(http.Flusher).Flush()
				time.Sleep(200 * time.Millisecond)
			}
		}},
	}
}

// downloads are lies about an object that is read.
func downloads() []named[respond] {
	return append(anyTransfer(), []named[respond]{
		{"other bytes of the same length", func(w http.ResponseWriter, _ *http.Request, object []byte) { w.Write(make([]byte, len(object))) }},
		{"half of it", func(w http.ResponseWriter, _ *http.Request, object []byte) { w.Write(object[:len(object)/2]) }},
		{"half of it, with the whole length", func(w http.ResponseWriter, _ *http.Request, object []byte) {
			w.Header().Set("Content-Length", fmt.Sprint(len(object)))
			w.Write(object[:len(object)/2])
		}},
		{"more than it", func(w http.ResponseWriter, _ *http.Request, object []byte) {
			w.Write(append(object[:len(object):len(object)], "more"...))
		}},
		{"a length of 2^62", func(w http.ResponseWriter, _ *http.Request, object []byte) {
			w.Header().Set("Content-Length", "4611686018427387904")
			w.Write(object)
		}},
		{"nothing of it", func(http.ResponseWriter, *http.Request, []byte) {}},
		{"a range that nobody wanted", func(w http.ResponseWriter, _ *http.Request, object []byte) {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes 1-%d/%d", len(object)-1, len(object)))
			w.WriteHeader(http.StatusPartialContent)
			w.Write(object[1:])
		}},
	}...)
}

// transfers are object stores that lie about an object: to a machine that has nothing and brings all from there, and to one that copies
// its day there.
func transfers() (all []attack) {
	for does, f := range inOrder(downloads()) {
		all = append(all, attack{name: "object/" + does, rows: anyRows, codes: []int{0, 1, 3}, arrange: func(s *scene) {
			o := s.stored()
			for _, dir := range []string{"archive", "datasets", "state"} { // a new machine
				s.must(os.RemoveAll(filepath.Join(s.data, dir)))
			}
			s.healthy = false // without what was there a run may end
			o.turn(func(w http.ResponseWriter, r *http.Request, object []byte) bool {
				if r.Method != http.MethodGet || object == nil {
					return false
				}
				f(w, r, object)
				return true
			})
		}})
	}
	puts := append(anyTransfer(), []named[respond]{
		{"an ETag without end", func(w http.ResponseWriter, _ *http.Request, _ []byte) {
			w.Header().Set("ETag", strings.Repeat("x", 1<<20))
		}},
		{"thanks, and nothing is kept", func(w http.ResponseWriter, _ *http.Request, _ []byte) { w.Header().Set("ETag", tag(nil)) }},
	}...)
	for does, f := range inOrder(puts) {
		all = append(all, attack{name: "upload/" + does, rows: anyRows, arrange: func(s *scene) {
			s.stored().turn(func(w http.ResponseWriter, r *http.Request, object []byte) bool {
				if r.Method != http.MethodPut {
					return false
				}
				f(w, r, object)
				return true
			})
		}})
	}
	return all
}

// stored lets the data folder have a day behind it that is copied to a storage.
func (s *scene) stored() *storage { return s.storage("") }

// storage is stored with more settings of the storage.
func (s *scene) storage(settings string) *storage {
	o := &storage{objects: map[string][]byte{}}
	server := httptest.NewServer(o)
	s.t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	s.args[0] = "run"
	s.configure("[storage]\narchive = \"s3://bucket/a?region=x&endpoint=" + server.URL + "\"\ndatasets = \"s3://bucket/d?region=x&endpoint=" + server.URL + "\"\n" + settings)
	s.lived()
	if len(o.objects) < 4 {
		s.t.Fatalf("%d objects are in the storage, want two files with their notes at least", len(o.objects))
	}
	s.vouched = true
	return o
}

func (o *storage) turn(f func(http.ResponseWriter, *http.Request, []byte) bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.turned = f
}

// unvouched returns the files of the data folder whose notes or manifests vouch for other bytes.
func (s *scene) unvouched() (names []string) {
	filepath.WalkDir(s.data, func(path string, d fs.DirEntry, err error) error {
		var file string
		switch note, is := strings.CutSuffix(path, ".meta.json"); {
		case err != nil || d.IsDir():
			return nil
		case is:
			file = note
		case strings.HasPrefix(d.Name(), "_") && strings.HasSuffix(path, ".json"):
			file = filepath.Join(filepath.Dir(path), strings.TrimSuffix(d.Name()[1:], ".json")+".parquet")
		default:
			return nil
		}
		var n struct {
			SHA256 string
			Packed *struct{ SHA256 string }
		}
		b, _ := os.ReadFile(path)
		if json.Unmarshal(b, &n) != nil {
			names = append(names, path)
			return nil
		}
		if n.Packed != nil {
			n.SHA256 = n.Packed.SHA256
		}
		if content, err := os.ReadFile(file); err == nil && hash(content) != n.SHA256 {
			names = append(names, file)
		}
		return nil
	})
	return names
}
