// Package bucket reads and writes objects in S3, in Google Cloud Storage or in a folder. It is the only importer of minio-go.
//
// An object that does not exist is reported as fs.ErrNotExist, one that a conditional write found as fs.ErrExist.
package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
)

// Bucket holds objects under keys, whose parts are separated by slashes. Its methods may be called concurrently.
type Bucket interface {
	// List calls f for every object whose key begins with below, in no particular order, until f returns an error.
	List(ctx context.Context, below string, f func(Object) error) error
	Stat(ctx context.Context, key string) (Object, error)
	Open(ctx context.Context, key string) (io.ReadCloser, error)
	// Write stores an object whole or not at all: an error of u.Content leaves what was there before.
	Write(ctx context.Context, key string, u Upload) error
	Remove(ctx context.Context, key string) error
	// Requests returns how many requests were sent so far; a folder needs none.
	Requests() int64
	// Close ends the connections.
	Close()
}

// Object describes a stored object.
type Object struct {
	Key      string
	Size     int64
	Modified time.Time // to the second in S3 and Google Cloud Storage
	MD5      []byte    // nil where it is not known
	SHA256   string    // in hex, as Write was given it; empty where it is not known, and in listings
	MadeFrom string    // as Write was given it; empty where it is not known, and in listings
	Version  string    // for IfVersion; empty in listings
}

// Upload is an object to write.
type Upload struct {
	Content      io.Reader
	Size         int64  // expected; it decides how the transfer is split
	SHA256       string // in hex; stored with the object by S3 and Google Cloud Storage, and not checked
	ContentType  string
	CacheControl string
	MadeFrom     string // hash of what the content was made from; stored with the object by S3 and Google Cloud Storage
	OnlyNew      bool   // fail with fs.ErrExist if the object exists
	IfVersion    string // fail with fs.ErrExist if the object is not the one that Stat gave this version of; empty: it does not matter
}

// Open returns the bucket of an address: s3://bucket/prefix?region=…, gs://bucket/prefix or file:///folder; a relative
// file: address starts from base. It also returns the address without its parameters, for reports and errors.
func Open(ctx context.Context, address, base string) (Bucket, string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, "", fmt.Errorf("storage: %w", err)
	}
	if u.User != nil {
		return nil, "", fmt.Errorf("storage %s: credentials do not belong in an address; put them into the environment (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or GS_ACCESS_KEY_ID and GS_SECRET_ACCESS_KEY)", u.Redacted())
	}
	plain := strings.TrimSuffix((&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String(), "/")
	var b Bucket
	switch u.Scheme {
	case "file":
		b, plain, err = openFolder(u, base)
	case "s3":
		b, err = openS3(ctx, u)
	case "gs":
		b, err = openGoogle(u)
	default:
		err = errors.New("not an s3:, gs: or file: address")
	}
	if err != nil {
		return nil, "", fmt.Errorf("storage %s: %w", plain, err)
	}
	return b, plain, nil
}
