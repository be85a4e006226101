package bucket

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestSignature holds the examples of Amazon's documentation, whose scheme Google's is by other names.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
func TestSignature(t *testing.T) {
	amazon := signature{name: "AWS4", service: "s3", prefix: "x-amz-", region: "us-east-1", id: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
	empty := sum(nil)
	for _, c := range []struct {
		method, url string
		header      map[string]string
		want        string
	}{
		{"GET", "/test.txt", map[string]string{"Range": "bytes=0-9", "x-amz-content-sha256": empty},
			"f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
		{"PUT", "/test$file.text", map[string]string{"Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY", "x-amz-content-sha256": sum([]byte("Welcome to Amazon S3."))},
			"98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
		{"GET", "/?lifecycle", map[string]string{"x-amz-content-sha256": empty},
			"fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
		{"GET", "/?max-keys=2&prefix=J", map[string]string{"x-amz-content-sha256": empty},
			"34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
	} {
		r, err := http.NewRequest(c.method, "https://examplebucket.s3.amazonaws.com"+c.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range c.header {
			r.Header.Set(name, value)
		}
		amazon.add(r, time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC))
		got := r.Header.Get("Authorization")
		if !strings.HasSuffix(got, "Signature="+c.want) {
			t.Errorf("%s %s: %s, want %s", c.method, c.url, got, c.want)
		}
		if !strings.HasPrefix(got, "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=") {
			t.Errorf("%s %s: %s", c.method, c.url, got)
		}
	}
}
