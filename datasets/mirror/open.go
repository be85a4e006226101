package mirror

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/gcsblob"
	"gocloud.dev/blob/s3blob"
	"gocloud.dev/gcp"
)

// open gives the bucket of an address, and the address without its parameters, as reports and errors name it.
func open(ctx context.Context, address, base string) (*blob.Bucket, string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, "", fmt.Errorf("storage: %w", err)
	}
	if u.User != nil {
		return nil, "", fmt.Errorf("storage %s: credentials do not belong in an address; put them into the environment (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or GOOGLE_APPLICATION_CREDENTIALS)", u.Redacted())
	}
	plain := strings.TrimSuffix((&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String(), "/")
	prefix := strings.Trim(u.Path, "/")
	var bucket *blob.Bucket
	switch u.Scheme {
	case "file":
		prefix = ""
		bucket, plain, err = openFolder(u, base)
	case "s3":
		bucket, err = openS3(ctx, u)
	case "gs":
		bucket, err = openGS(ctx, u)
	default:
		err = errors.New("not an s3:, gs: or file: address")
	}
	if err != nil {
		return nil, "", fmt.Errorf("storage %s: %w", plain, err)
	}
	if prefix != "" {
		bucket = blob.PrefixedBucket(bucket, prefix+"/")
	}
	return bucket, plain, nil
}

// openS3 adds to the address what servers other than Amazon's want: most have no host name for each bucket, and not all
// know the check sums that Amazon's client sends by itself.
func openS3(ctx context.Context, u *url.URL) (*blob.Bucket, error) {
	if u.Host == "" {
		return nil, errors.New("no bucket; write s3://bucket/prefix")
	}
	q := u.Query()
	if endpoint := q.Get("endpoint"); endpoint != "" {
		if e, err := url.Parse(endpoint); err != nil || e.Host == "" {
			return nil, fmt.Errorf("endpoint %q is not an http: or https: address", endpoint)
		}
		for key, value := range map[string]string{
			"use_path_style": "true", "request_checksum_calculation": "when_required", "response_checksum_validation": "when_required",
		} {
			if !q.Has(key) {
				q.Set(key, value)
			}
		}
		if !q.Has("region") && os.Getenv("AWS_REGION") == "" {
			q.Set("region", "us-east-1") // signed, but of no meaning elsewhere
		}
	}
	return new(s3blob.URLOpener).OpenBucketURL(ctx, &url.URL{Scheme: "s3", Host: u.Host, RawQuery: q.Encode()})
}

// openGS takes the credentials of the environment; an emulator, named as Google's own client has it, needs none.
func openGS(ctx context.Context, u *url.URL) (*blob.Bucket, error) {
	switch {
	case u.Host == "":
		return nil, errors.New("no bucket; write gs://bucket/prefix")
	case u.RawQuery != "":
		return nil, fmt.Errorf("a gs: address takes no parameters, so no %q", u.RawQuery)
	}
	client := gcp.NewAnonymousHTTPClient(gcp.DefaultTransport())
	if os.Getenv("STORAGE_EMULATOR_HOST") == "" {
		credentials, err := gcp.DefaultCredentials(ctx)
		if err != nil {
			return nil, fmt.Errorf("%w; GOOGLE_APPLICATION_CREDENTIALS names the file that holds them", err)
		}
		if client, err = gcp.NewHTTPClient(gcp.DefaultTransport(), gcp.CredentialsTokenSource(credentials)); err != nil {
			return nil, err
		}
	}
	return gcsblob.OpenBucket(ctx, client, u.Host, nil)
}

// openFolder makes a bucket of a folder, such as a mounted disk. It holds the files and nothing beside them.
func openFolder(u *url.URL, base string) (*blob.Bucket, string, error) {
	dir := filepath.FromSlash(u.Path)
	if u.Opaque != "" {
		opaque, err := url.PathUnescape(u.Opaque)
		if err != nil {
			return nil, u.String(), err
		}
		dir = filepath.Join(base, filepath.FromSlash(opaque))
	}
	plain := "file://" + filepath.ToSlash(dir)
	switch {
	case u.Host != "" && u.Host != "localhost":
		return nil, plain, fmt.Errorf("a file: address has no host, so no %q; write file:///folder, or file:folder for one beside the configuration", u.Host)
	case u.RawQuery != "":
		return nil, plain, fmt.Errorf("a file: address takes no parameters, so no %q", u.RawQuery)
	case !filepath.IsAbs(dir):
		return nil, plain, errors.New("write file:///folder, or file:folder for one beside the configuration")
	}
	bucket, err := fileblob.OpenBucket(dir, &fileblob.Options{
		CreateDir: true, DirFileMode: 0o755, NoTempDir: true, Metadata: fileblob.MetadataDontWrite,
	})
	return bucket, plain, err
}
