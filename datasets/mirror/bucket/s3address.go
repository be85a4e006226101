package bucket

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/encrypt"
)

// s3Parameters are the parameters that an s3: address may have. Of the last two any value has the same effect: requests
// carry the SHA-256 of their body and no other checksum.
var s3Parameters = []string{"region", "endpoint", "profile", "role", "ssetype", "kmskeyid", "anonymous", "use_path_style", "accelerate", "dualstack",
	"s3ForcePathStyle", "request_checksum_calculation", "response_checksum_validation"}

// openS3 connects to Amazon, or to the server that endpoint= names. Most servers other than Amazon's have no host name for
// each bucket, and ignore the region although it is signed.
func openS3(ctx context.Context, u *url.URL) (Bucket, error) {
	if u.Host == "" {
		return nil, errors.New("no bucket; write s3://bucket/prefix")
	}
	q := u.Query()
	for name := range q {
		if !slices.Contains(s3Parameters, name) {
			return nil, fmt.Errorf("unknown parameter %q (want one of %s)", name, strings.Join(s3Parameters, ", "))
		}
	}
	own := q.Has("endpoint")
	host, secure, err := parseEndpoint(q.Get("endpoint"))
	if err != nil {
		return nil, err
	}
	f := flags{Values: q}
	pathStyle := f.get("use_path_style", f.get("s3ForcePathStyle", own))
	anonymous, accelerate, dualStack := f.get("anonymous", false), f.get("accelerate", false), f.get("dualstack", false)
	if f.err != nil {
		return nil, f.err
	}
	encryption, err := parseEncryption(q.Get("ssetype"), q.Get("kmskeyid"))
	if err != nil {
		return nil, err
	}
	transport, err := newTransport()
	if err != nil {
		return nil, err
	}
	o := &minio.Options{Secure: secure, Transport: bounded{transport}, Region: cmp.Or(q.Get("region"), os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"))}
	switch {
	case pathStyle:
		o.BucketLookup = minio.BucketLookupPath
	case own:
		o.BucketLookup = minio.BucketLookupDNS
	}
	if own && o.Region == "" {
		o.Region = "us-east-1"
	}
	if !anonymous {
		if o.Creds, err = findCredentials(ctx, &http.Client{Transport: o.Transport}, q.Get("profile"), q.Get("role"), o.Region); err != nil {
			return nil, err
		}
	}
	b, err := newS3(u.Host, u.Path, host, transport, o)
	if err != nil {
		return nil, err
	}
	b.encryption = encryption
	b.client.SetS3EnableDualstack(dualStack)
	if accelerate {
		b.client.SetS3TransferAccelerate("s3-accelerate.amazonaws.com")
	}
	return b, nil
}

// parseEndpoint returns the host of an endpoint and whether it is asked over TLS. An empty one is Amazon's.
func parseEndpoint(endpoint string) (host string, secure bool, err error) {
	if endpoint == "" {
		return "s3.amazonaws.com", true, nil
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", false, fmt.Errorf("endpoint %q is not an http: or https: address", endpoint)
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return "", false, fmt.Errorf("endpoint %q has more than a host and a port", u.Redacted())
	}
	return u.Host, u.Scheme == "https", nil
}

// flags are parameters that are true or false; err is the last one that is neither.
type flags struct {
	url.Values
	err error
}

func (f *flags) get(name string, standard bool) bool {
	if !f.Has(name) {
		return standard
	}
	yes, err := strconv.ParseBool(f.Values.Get(name))
	if err != nil {
		f.err = fmt.Errorf("invalid %s %q (want true or false)", name, f.Values.Get(name))
	}
	return yes
}

// parseEncryption returns the encryption at rest that objects are written with; nil is the bucket's own.
func parseEncryption(kind, key string) (encrypt.ServerSide, error) {
	switch {
	case kind == "" && key == "":
		return nil, nil
	case kind == "AES256" && key == "":
		return encrypt.NewSSE(), nil
	case kind == "aws:kms" || kind == "" && key != "":
		return encrypt.NewSSEKMS(key, nil)
	}
	return nil, fmt.Errorf("invalid ssetype %q (want AES256, or aws:kms with kmskeyid)", kind)
}
