// Package s3 has a real S3 server for tests, on loopback: Versity's gateway over a folder, in which each folder is a bucket.
package s3

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"tidemark/internal/testkit"
)

// Key and Secret are the credentials that the server accepts.
const (
	Key    = "test"
	Secret = "testsecret"
)

// Server is a server with the bucket "bucket".
type Server struct {
	testing.TB
	Dir  string // of the bucket, as files
	Addr string

	program string
	process *exec.Cmd
	log     bytes.Buffer
}

// Start starts a server, which ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	program, err := exec.LookPath("versitygw")
	if err != nil {
		testkit.Missing(t, "versitygw is not in the path; go install github.com/versity/versitygw/cmd/versitygw@v1.8.0 brings it")
	}
	s := &Server{TB: t, Dir: filepath.Join(t.TempDir(), "root", "bucket"), Addr: testkit.FreeAddress(t), program: program}
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s.Begin()
	t.Cleanup(func() {
		s.Kill()
		if t.Failed() {
			t.Logf("versitygw: %s", s.log.String())
		}
	})
	return s
}

// Address returns the address of a part of the bucket.
func (s *Server) Address(prefix string) string {
	return "s3://bucket/" + prefix + "?endpoint=http://" + s.Addr
}

// Begin starts the server again after Kill, and waits until it answers.
func (s *Server) Begin() {
	s.Helper()
	s.process = testkit.Server(s.program, "--access", Key, "--secret", Secret, "--quiet", "--access-log", s.accessLog(), "--port", s.Addr, "posix", filepath.Dir(s.Dir))
	s.process.Stdout, s.process.Stderr = &s.log, &s.log
	if err := s.process.Start(); err != nil {
		s.Fatal(err)
	}
	for range 200 {
		if c, err := net.Dial("tcp", s.Addr); err == nil {
			c.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.Fatalf("versitygw does not answer: %s", s.log.String())
}

func (s *Server) accessLog() string {
	return filepath.Join(filepath.Dir(filepath.Dir(s.Dir)), "access.log")
}

// requestLine is the operation in a line of the access log.
var requestLine = regexp.MustCompile(`(?m)^\S+ bucket \[.*? s3_(\w+) `)

// Requests returns how many requests the server answered so far, by the operation of S3.
func (s *Server) Requests() map[string]int {
	s.Helper()
	log, err := os.ReadFile(s.accessLog())
	if err != nil {
		s.Fatal(err)
	}
	n := map[string]int{}
	for _, found := range requestLine.FindAllSubmatch(log, -1) {
		n[string(found[1])]++
	}
	return n
}

// Kill kills the server.
func (s *Server) Kill() {
	s.process.Process.Kill()
	s.process.Wait()
}
