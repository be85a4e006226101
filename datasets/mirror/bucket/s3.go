package bucket

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync/atomic"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/encrypt"
)

const (
	// partSize is what is sent, and sent again after a failure, in one request.
	partSize = 8 << 20
	// maxParts is less than the 10,000 parts that S3 allows, for a file that grows while it is read.
	maxParts = 9000
	// maxObjects and maxKeys, the bytes of all keys, bound a listing, which a broken server might never end.
	maxObjects = 10_000_000
	maxKeys    = 1 << 30
	// attempts is how often a request is sent before it counts as failed.
	attempts = 5
	// sumAttribute is the metadata that holds an object's SHA-256, madeAttribute that of what it was made from.
	sumAttribute  = "Sha256"
	madeAttribute = "Made-From"
)

// s3 is a bucket, or the part of it below a prefix, on a server that speaks S3.
type s3 struct {
	client     minio.Core
	idle       *http.Transport
	sent       *atomic.Int64 // requests
	bucket     string
	prefix     string // empty, or ends with a slash
	encryption encrypt.ServerSide
}

// newS3 returns the bucket that host and path of an address name, on the server at endpoint. The transport is that below
// the one of the options.
func newS3(host, path, endpoint string, transport *http.Transport, o *minio.Options) (*s3, error) {
	o.MaxRetries = attempts
	sent := new(atomic.Int64)
	o.Transport = counting{o.Transport, sent}
	client, err := minio.New(endpoint, o)
	if err != nil {
		return nil, err
	}
	prefix := strings.Trim(path, "/")
	if prefix != "" {
		prefix += "/"
	}
	return &s3{client: minio.Core{Client: client}, idle: transport, sent: sent, bucket: host, prefix: prefix}, nil
}

func (s *s3) List(ctx context.Context, below string, f func(Object) error) error {
	n, keys, known := 0, 0, ""
	for o := range s.client.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{Prefix: s.prefix + below, Recursive: true}) {
		if o.Err != nil {
			return translate(o.Err)
		}
		if n, keys = n+1, keys+len(o.Key); n > maxObjects || keys > maxKeys {
			return fmt.Errorf("the listing has more than %d objects, or more than %d bytes of keys", maxObjects, maxKeys)
		}
		if o.Key == known {
			return fmt.Errorf("the listing of %q does not end: it has the key %q again", s.prefix+below, o.Key)
		}
		if n&(n-1) == 0 { // at powers of two, so that one key at a time finds a circle of any length
			known = o.Key
		}
		key, is := strings.CutPrefix(o.Key, s.prefix)
		if !is || !strings.HasPrefix(key, below) {
			return fmt.Errorf("the listing of %q has the key %q", s.prefix+below, o.Key)
		}
		if err := f(Object{Key: key, Size: o.Size, Modified: o.LastModified, MD5: md5Of(o.ETag)}); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (s *s3) Stat(ctx context.Context, key string) (Object, error) {
	o, err := s.client.StatObject(ctx, s.bucket, s.prefix+key, minio.StatObjectOptions{})
	if err != nil {
		return Object{}, translate(err)
	}
	return Object{Key: key, Size: o.Size, Modified: o.LastModified, MD5: md5Of(o.ETag),
		SHA256: o.UserMetadata[sumAttribute], MadeFrom: o.UserMetadata[madeAttribute], Version: cmp.Or(o.UserMetadata[generationAttribute], o.ETag)}, nil
}

func (s *s3) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	body, _, _, err := s.client.GetObject(ctx, s.bucket, s.prefix+key, minio.GetObjectOptions{})
	return body, translate(err)
}

func (s *s3) Requests() int64 { return s.sent.Load() }

func (s *s3) Close() { s.idle.CloseIdleConnections() }

func (s *s3) Remove(ctx context.Context, key string) error {
	return translate(s.client.RemoveObject(ctx, s.bucket, s.prefix+key, minio.RemoveObjectOptions{}))
}

// Write sends a small object in one request and a large one in parts. Each request carries the SHA-256 of its body, which
// the server checks, so that a line that damages bytes is noticed.
func (s *s3) Write(ctx context.Context, key string, u Upload) error {
	options := minio.PutObjectOptions{
		ContentType: u.ContentType, CacheControl: u.CacheControl,
		ServerSideEncryption: s.encryption, DisableContentSha256: true, // of chunks; that of the whole body is sent
		UserMetadata: map[string]string{},
	}
	if u.SHA256 != "" {
		options.UserMetadata[sumAttribute] = u.SHA256
	}
	if u.MadeFrom != "" {
		options.UserMetadata[madeAttribute] = u.MadeFrom
	}
	switch {
	case u.OnlyNew:
		options.SetMatchETagExcept("*")
	case u.IfVersion != "":
		options.SetMatchETag(u.IfVersion)
	}
	part := max(partSize, u.Size/maxParts)
	buffer := make([]byte, min(part, u.Size+1)) // one more byte, to see the end of the content
	n, err := io.ReadFull(u.Content, buffer)
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		_, err = s.client.PutObject(ctx, s.bucket, s.prefix+key, bytes.NewReader(buffer[:n]), int64(n), "", sum(buffer[:n]), options)
		return translate(err)
	case err != nil:
		return err
	}
	rest := io.MultiReader(bytes.NewReader(buffer), u.Content)
	return translate(s.writeParts(ctx, s.prefix+key, rest, make([]byte, part), options))
}

// writeParts sends content in parts of the size of the buffer. They become an object when the last one has arrived.
func (s *s3) writeParts(ctx context.Context, key string, content io.Reader, buffer []byte, options minio.PutObjectOptions) (err error) {
	id, err := s.client.NewMultipartUpload(ctx, s.bucket, key, options)
	if err != nil {
		return err
	}
	defer func() {
		if err == nil {
			return
		}
		// Parts that are left behind cost their owner money and appear in no listing of objects.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		if abort := s.client.AbortMultipartUpload(ctx, s.bucket, key, id); abort != nil {
			err = fmt.Errorf("%w (the parts sent so far stay in the storage as upload %s: %w)", err, id, abort)
		}
	}()
	var parts []minio.CompletePart
	condition := minio.PutObjectOptions{}
	if match := options.Header().Get("If-Match"); match != "" {
		condition.SetMatchETag(strings.Trim(match, `"`))
	} else if options.Header().Get("If-None-Match") != "" {
		condition.SetMatchETagExcept("*")
	}
	for {
		n, err := io.ReadFull(content, buffer)
		if errors.Is(err, io.EOF) {
			break
		}
		last := errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return err
		}
		part, err := s.client.PutObjectPart(ctx, s.bucket, key, id, len(parts)+1, bytes.NewReader(buffer[:n]), int64(n),
			minio.PutObjectPartOptions{Sha256Hex: sum(buffer[:n]), DisableContentSha256: true})
		if err != nil {
			return err
		}
		parts = append(parts, minio.CompletePart{PartNumber: part.PartNumber, ETag: part.ETag})
		if last {
			break
		}
	}
	_, err = s.client.CompleteMultipartUpload(ctx, s.bucket, key, id, parts, condition)
	return err
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// md5Of returns the MD5 that the ETag of an object holds if it was written in one request.
func md5Of(etag string) []byte {
	sum, err := hex.DecodeString(strings.Trim(etag, `"`))
	if err != nil || len(sum) != 16 {
		return nil
	}
	return sum
}

// answerError is an error of the server of a kind that callers know.
type answerError struct {
	error
	kind error
}

func (e answerError) Unwrap() []error { return []error{e.error, e.kind} }

// translate returns the error of the server, as fs.ErrNotExist or fs.ErrExist where it is one.
func translate(err error) error {
	var answer minio.ErrorResponse
	if !errors.As(err, &answer) {
		return err
	}
	switch answer.StatusCode {
	case http.StatusNotFound:
		return answerError{err, fs.ErrNotExist}
	case http.StatusPreconditionFailed, http.StatusConflict: // conflict: two conditional writes at a time
		return answerError{err, fs.ErrExist}
	}
	return err
}

// counting counts requests.
type counting struct {
	http.RoundTripper
	sent *atomic.Int64
}

func (c counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.sent.Add(1)
	return c.RoundTripper.RoundTrip(r)
}

// maxAnswer is the longest answer accepted that is not an object, in bytes: a page of 1,000 keys of 1,024 bytes, escaped.
const maxAnswer = 8 << 20

// bounded cuts answers that are too long.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err != nil || r.Method == http.MethodGet && r.URL.RawQuery == "" && answer.StatusCode < 300 {
		return answer, err
	}
	answer.Body = &boundedBody{answer.Body, maxAnswer, path.Base(r.URL.Path)}
	return answer, nil
}

type boundedBody struct {
	io.ReadCloser
	left int64
	name string
}

func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("the answer to %s has more than %d bytes", b.name, maxAnswer)
	}
	return n, err
}

// newTransport returns a transport that does not trust the server with the size of its headers.
func newTransport() (*http.Transport, error) {
	transport, err := minio.DefaultTransport(true)
	if err != nil {
		return nil, err
	}
	transport.MaxResponseHeaderBytes = 64 << 10
	return transport, nil
}
