package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	for _, name := range []string{"AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN", "STORAGE_EMULATOR_HOST"} {
		os.Unsetenv(name)
	}
	os.Setenv("AWS_ACCESS_KEY_ID", "test")
	os.Setenv("AWS_SECRET_ACCESS_KEY", "testsecret")
	os.Setenv("GS_ACCESS_KEY_ID", "GOOGTEST")
	os.Setenv("GS_SECRET_ACCESS_KEY", "googsecret")
	os.Exit(m.Run())
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct{ address, want string }{
		{"bucket/x", "not an s3:, gs: or file: address"},
		{"http://example.net/bucket", "not an s3:, gs: or file: address"},
		{"s3:///x", "no bucket; write s3://bucket/prefix"},
		{"s3://key:secret@bucket/x", "credentials do not belong in an address"},
		{"s3://bucket/x?endpoint=localhost", `endpoint "localhost" is not an http: or https: address`},
		{"s3://bucket/x?endpoint=ftp://localhost", `endpoint "ftp://localhost" is not an http: or https: address`},
		{"s3://bucket/x?endpoint=http://localhost/s3", `endpoint "http://localhost/s3" has more than a host and a port`},
		{"s3://bucket/x?endpoint=http://a:secret@localhost", "has more than a host and a port"},
		{"s3://bucket/x?regoin=eu-central-1", `unknown parameter "regoin"`},
		{"s3://bucket/x?use_path_style=maybe", `invalid use_path_style "maybe"`},
		{"s3://bucket/x?anonymous=2", `invalid anonymous "2"`},
		{"s3://bucket/x?ssetype=rot13", `invalid ssetype "rot13"`},
		{"s3://bucket/x?profile=nobody", `profile "nobody"`},
		{"gs:///x", "no bucket; write gs://bucket/prefix"},
		{"gs://bucket/x?region=a", "has no parameters"},
		{"file://host/x", "a file: address has no host"},
		{"file:///x?y=z", "has no parameters"},
		{"s3://bucket/\x7f", "storage"},
		{"file:%zz%zz", "storage"},
	} {
		_, _, err := Open(context.Background(), c.address, t.TempDir())
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.address, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret@") {
			t.Errorf("%s: the error shows the secret: %v", c.address, err)
		}
	}
	base := t.TempDir()
	_, plain, err := Open(context.Background(), "file:backup", base)
	if err != nil {
		t.Fatal(err)
	}
	if want := "file://" + filepath.ToSlash(base) + "/backup"; plain != want {
		t.Errorf("the address is %s, want %s", plain, want)
	}
}

// TestRequests holds how parameters change what is sent.
func TestRequests(t *testing.T) {
	for _, c := range []struct {
		parameters, header, value string
	}{
		{"", "X-Amz-Meta-Sha256", "abc"},
		{"&region=eu-north-1", "Authorization", "/eu-north-1/s3/aws4_request"},
		{"&anonymous=true", "Authorization", ""},
		{"&ssetype=AES256", "X-Amz-Server-Side-Encryption", "AES256"},
		{"&kmskeyid=key1", "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", "key1"},
	} {
		var got *http.Request
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = r }))
		b, _, err := Open(context.Background(), "s3://bucket/a?endpoint="+server.URL+c.parameters, "")
		if err != nil {
			t.Fatal(err)
		}
		err = b.Write(context.Background(), "k", Upload{Content: strings.NewReader("x"), Size: 1, SHA256: "abc"})
		server.Close()
		if err != nil {
			t.Errorf("%s: %v", c.parameters, err)
			continue
		}
		if got.URL.Path != "/bucket/a/k" {
			t.Errorf("%s: asked for %s, want /bucket/a/k", c.parameters, got.URL.Path)
		}
		if value := got.Header.Get(c.header); !strings.Contains(value, c.value) || c.value == "" && value != "" {
			t.Errorf("%s: %s is %q, want %q", c.parameters, c.header, value, c.value)
		}
	}
}

// serve returns a bucket on a server of the test.
func serve(t *testing.T, f http.HandlerFunc) Bucket {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	b, _, err := Open(context.Background(), "s3://bucket/p?endpoint="+server.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestHostileAnswers lets the server send what it should not.
func TestHostileAnswers(t *testing.T) {
	page := func(keys, rest string) string {
		return `<ListBucketResult>` + keys + rest + `</ListBucketResult>`
	}
	object := func(key string) string {
		return `<Contents><Key>` + key + `</Key><Size>1</Size><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>`
	}
	for _, c := range []struct{ name, answer, want string }{
		{"endless", page("", strings.Repeat("<Contents></Contents>", 1<<20)), "has more than"},
		{"the same page for ever", page(object("p/a")+object("p/b")+object("p/c"), "<IsTruncated>true</IsTruncated><NextContinuationToken>more</NextContinuationToken>"), "does not end: it has the key"},
		{"not XML", "{}", "EOF"},
		{"cut", page(object("p/a"), "")[:80], "XML"},
		{"other keys", page(object("q/a"), ""), `the key "q/a"`},
		{"no next page", page("", "<IsTruncated>true</IsTruncated>"), "continuation token"},
	} {
		b := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, c.answer) })
		err := b.List(context.Background(), "", func(o Object) error { return nil })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// TestKinds holds the kinds of errors that callers tell apart.
func TestKinds(t *testing.T) {
	status := 0
	b := serve(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status) })
	for code, kind := range map[int]error{404: fs.ErrNotExist, 412: fs.ErrExist, 409: fs.ErrExist} {
		status = code
		if err := b.Write(context.Background(), "k", Upload{Content: strings.NewReader("")}); !errors.Is(err, kind) {
			t.Errorf("write, status %d: %v, want %v", code, err, kind)
		}
	}
	status = 404
	if _, err := b.Stat(context.Background(), "k"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("stat: %v", err)
	}
	if _, err := b.Open(context.Background(), "k"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open: %v", err)
	}
	status = 403
	if err := b.Remove(context.Background(), "k"); err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist) {
		t.Errorf("remove, status 403: %v", err)
	}
}

// TestParts sends a large object and lets its content fail at the end: the parts are taken back.
func TestParts(t *testing.T) {
	var log []string
	b := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		q := r.URL.Query()
		switch {
		case q.Has("uploads"):
			log = append(log, "begin")
			io.WriteString(w, "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>")
		case r.Method == http.MethodPut:
			log = append(log, fmt.Sprint("part ", q.Get("partNumber"), " ", n>>20))
			w.Header().Set("ETag", `"e"`)
		case r.Method == http.MethodPost:
			log = append(log, "complete")
			io.WriteString(w, "<CompleteMultipartUploadResult><Bucket>bucket</Bucket><ETag>e</ETag></CompleteMultipartUploadResult>")
		case r.Method == http.MethodDelete:
			log = append(log, "abort "+q.Get("uploadId"))
			w.WriteHeader(http.StatusNoContent)
		}
	})
	damaged := errors.New("damaged")
	for _, c := range []struct {
		size int64
		end  error
		want string
	}{
		{9 << 20, nil, "begin, part 1 8, part 2 1, complete"},
		{16 << 20, nil, "begin, part 1 8, part 2 8, complete"},
		{16 << 20, damaged, "begin, part 1 8, part 2 8, abort id"},
		{9 << 20, damaged, "begin, part 1 8, abort id"},
		{1 << 20, damaged, ""},
	} {
		log = nil
		content := io.LimitReader(zeros{}, c.size)
		if c.end != nil {
			content = io.MultiReader(content, failing{c.end})
		}
		err := b.Write(context.Background(), "k", Upload{Content: content, Size: c.size})
		if !errors.Is(err, c.end) {
			t.Errorf("%d bytes: %v, want %v", c.size, err, c.end)
		}
		if got := strings.Join(log, ", "); got != c.want {
			t.Errorf("%d bytes: %s, want %s", c.size, got, c.want)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

// TestFolder holds what a folder does on its own: half of an object is never there, and no key leads out.
func TestFolder(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	b, _, err := Open(ctx, "file://"+filepath.ToSlash(dir), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Write(ctx, "a/k", Upload{Content: strings.NewReader("old")}); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	if err := b.Write(ctx, "a/k", Upload{Content: io.MultiReader(strings.NewReader("ne"), failing{broken})}); !errors.Is(err, broken) {
		t.Errorf("content that fails: %v", err)
	}
	if err := b.Write(ctx, "new", Upload{Content: failing{broken}, OnlyNew: true}); !errors.Is(err, broken) {
		t.Errorf("new content that fails: %v", err)
	}
	if err := b.Write(ctx, "a/k", Upload{Content: strings.NewReader("new"), OnlyNew: true}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("an object that exists: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a", tempPrefix+"1"), nil, 0o644); err != nil { // of a writer at work
		t.Fatal(err)
	}
	for below, want := range map[string]string{"": "a/k", "a/": "a/k", "a/k": "a/k", "a/l": "", "a": "a/k", "none/": "", "none": ""} {
		var keys []string
		if err := b.List(ctx, below, func(o Object) error { keys = append(keys, o.Key); return nil }); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(keys, " "); got != want {
			t.Errorf("below %q the folder holds %q, want %q", below, got, want)
		}
	}
	if err := folder(filepath.Join(dir, "gone")).List(ctx, "", func(Object) error { return nil }); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is missing: %v", err)
	}
	if content, _ := os.ReadFile(filepath.Join(dir, "a", "k")); string(content) != "old" {
		t.Errorf("the object is %q", content)
	}
	for _, key := range []string{"../k", "/k", "a/../../k", "", "a\x00"} {
		if err := b.Write(ctx, key, Upload{Content: strings.NewReader("")}); err == nil {
			t.Errorf("the key %q was written", key)
		}
		if err := b.Remove(ctx, key); err == nil {
			t.Errorf("the key %q was removed", key)
		}
	}
}
