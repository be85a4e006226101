package bucket

import (
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// openGoogle connects to Google's XML API, or to the emulator at STORAGE_EMULATOR_HOST, which Google's own clients obey too.
func openGoogle(u *url.URL) (Bucket, error) {
	switch {
	case u.Host == "":
		return nil, errors.New("no bucket; write gs://bucket/prefix")
	case u.RawQuery != "":
		return nil, fmt.Errorf("a gs: address has no parameters, so remove %q", u.RawQuery)
	}
	id, secret, err := googleKey()
	if err != nil {
		return nil, err
	}
	transport, err := newTransport()
	if err != nil {
		return nil, err
	}
	host, secure := "storage.googleapis.com", true
	if emulator := os.Getenv("STORAGE_EMULATOR_HOST"); emulator != "" {
		host, secure = strings.TrimPrefix(emulator, "http://"), false
	}
	sign := signature{name: "GOOG4", service: "storage", prefix: "x-goog-", region: "auto", id: id, secret: secret}
	return newS3(u.Host, u.Path, host, transport, &minio.Options{
		Secure: secure, Transport: google{bounded{transport}, sign}, Region: sign.region, BucketLookup: minio.BucketLookupPath,
		Creds: credentials.NewStaticV4(id, secret, ""), // for their hashes; google signs anew
	})
}

// generationAttribute is the metadata as which the version of an object is handed on.
const generationAttribute = "Generation"

// google turns requests of S3 into those of Google's XML API. It refuses requests with headers of both, and knows a
// conditional write only by the generation of an object.
//
// https://cloud.google.com/storage/docs/xml-api/reference-headers
type google struct {
	http.RoundTripper
	sign signature
}

func (g google) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	rename(r.Header, "X-Amz-", "X-Goog-")
	if r.Method == http.MethodPut && r.Header.Get("If-None-Match") == "*" {
		r.Header.Del("If-None-Match")
		r.Header.Set("X-Goog-If-Generation-Match", "0")
	}
	if match := r.Header.Get("If-Match"); r.Method == http.MethodPut && match != "" {
		r.Header.Del("If-Match")
		r.Header.Set("X-Goog-If-Generation-Match", strings.Trim(match, `"`))
	}
	g.sign.add(r, time.Now())
	answer, err := g.RoundTripper.RoundTrip(r)
	if err == nil {
		rename(answer.Header, "X-Goog-Meta-", "X-Amz-Meta-")
		if version := answer.Header.Get("X-Goog-Generation"); version != "" {
			answer.Header.Set("X-Amz-Meta-"+generationAttribute, version)
		}
	}
	return answer, err
}

// rename replaces the first part of header names.
func rename(h http.Header, old, new string) {
	for name, values := range h {
		if rest, is := strings.CutPrefix(name, old); is {
			delete(h, name)
			h[textproto.CanonicalMIMEHeaderKey(new+rest)] = values
		}
	}
}
