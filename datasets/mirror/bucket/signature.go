package bucket

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7/pkg/s3utils"
)

// signature signs requests as Google wants it of HMAC keys, which is Amazon's Signature Version 4 under other names.
//
// https://cloud.google.com/storage/docs/authentication/signatures
type signature struct {
	name    string // GOOG4
	service string // storage
	prefix  string // of the headers of the protocol: x-goog-
	region  string
	id      string
	secret  string
}

// add signs a request for a time. Its header <prefix>content-sha256 must be set.
func (s signature) add(r *http.Request, now time.Time) {
	stamp := now.UTC().Format("20060102T150405Z")
	r.Header.Set(s.prefix+"date", stamp)
	request, signed := s.canonical(r)
	terminator := strings.ToLower(s.name) + "_request"
	scope := strings.Join([]string{stamp[:8], s.region, s.service, terminator}, "/")
	algorithm := s.name + "-HMAC-SHA256"
	text := strings.Join([]string{algorithm, stamp, scope, sum([]byte(request))}, "\n")
	key := []byte(s.name + s.secret)
	for _, part := range []string{stamp[:8], s.region, s.service, terminator, text} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	r.Header.Set("Authorization", algorithm+" Credential="+s.id+"/"+scope+", SignedHeaders="+signed+", Signature="+hex.EncodeToString(key))
}

// canonical returns the text of a request that is signed, and the names of the headers in it.
func (s signature) canonical(r *http.Request) (request, signed string) {
	headers := map[string]string{"host": r.Host}
	if r.Host == "" {
		headers["host"] = r.URL.Host
	}
	for name, values := range r.Header {
		switch name = strings.ToLower(name); name {
		case "authorization", "user-agent", "accept-encoding", "content-length": // set or changed on the way
		default:
			headers[name] = strings.Join(strings.Fields(strings.Join(values, ",")), " ")
		}
	}
	names := slices.Sorted(maps.Keys(headers))
	var lines strings.Builder
	for _, name := range names {
		lines.WriteString(name + ":" + headers[name] + "\n")
	}
	signed = strings.Join(names, ";")
	query := strings.ReplaceAll(r.URL.Query().Encode(), "+", "%20")
	return strings.Join([]string{r.Method, s3utils.EncodePath(r.URL.Path), query, lines.String(), signed, r.Header.Get(s.prefix + "content-sha256")}, "\n"), signed
}
