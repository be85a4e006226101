package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aead.dev/minisign"
)

// TestSign: the signature is minisign's, is the same each time, and holds for these bytes and this key alone.
func TestSign(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	newKey := func(name string) (private minisign.PrivateKey, public string) {
		t.Helper()
		pub, priv, err := minisign.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		text, err := pub.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		return priv, write(name+".pub", text)
	}
	key, public := newKey("ours")
	_, other := newKey("other")
	encrypted, err := minisign.EncryptKey("password", key) // takes seconds, as does its use
	if err != nil {
		t.Fatal(err)
	}
	private := write("ours.key", encrypted)
	sums := write("SHA256SUMS", []byte("0123  a.deb\n"))
	if err := sign(private, sums, "wrong"); err == nil || !strings.Contains(err.Error(), "MINISIGN_PASSWORD") {
		t.Errorf("with a wrong password: %v", err)
	}
	if err := verify(public, sums); err == nil {
		t.Error("a file without a signature is verified")
	}
	var first []byte
	for range 2 {
		if err := sign(private, sums, "password"); err != nil {
			t.Fatal(err)
		}
		signature, err := os.ReadFile(sums + signatureSuffix)
		if err != nil || first != nil && !bytes.Equal(first, signature) {
			t.Errorf("two signatures differ, %v", err)
		}
		first = signature
	}
	if err := verify(public, sums); err != nil {
		t.Error(err)
	}
	if tool, err := exec.LookPath("minisign"); err == nil { // the original agrees, where it is installed
		if out, err := exec.Command(tool, "-Vm", sums, "-p", public).CombinedOutput(); err != nil {
			t.Errorf("minisign: %v\n%s", err, out)
		}
	}
	if err := verify(other, sums); err == nil {
		t.Error("the signature holds for another key")
	}
	write("SHA256SUMS", []byte("0124  a.deb\n"))
	if err := verify(public, sums); err == nil {
		t.Error("the signature holds for other bytes")
	}
}

// TestSBOM: a program's bill of materials lists what it says that it was built from, with licences, and is the same each time.
func TestSBOM(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	program, err := os.Executable() // this test, which has a module of the program's
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("site/assets/echarts.min.js"); err != nil {
		t.Fatalf("%v; make build copies it", err)
	}
	const lock = "site/testdata/npm/package-lock.json"
	if _, err := sbom(program, "1.2.3", time.Unix(1700000000, 0), lock); err == nil || !strings.Contains(err.Error(), "aead.dev/minisign") {
		t.Errorf("a module that NOTICE does not list: %v", err)
	}
	built := filepath.Join(t.TempDir(), "program")
	if out, err := exec.Command("go", "build", "-o", built, "./internal/notice").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := sbom(built, "1.2.3", time.Unix(1700000000, 0), lock)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := sbom(built, "1.2.3", time.Unix(1700000000, 0), lock); err != nil || !bytes.Equal(again, text) {
		t.Errorf("two bills differ, %v", err)
	}
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	if d.Metadata.Timestamp != "2023-11-14T22:13:20Z" || d.Metadata.Component.Version != "1.2.3" {
		t.Errorf("%+v", d.Metadata)
	}
	parts := map[string]component{}
	for _, p := range d.Parts {
		if _, twice := parts[p.Ref]; twice {
			t.Errorf("%s is listed twice", p.Ref)
		}
		if parts[p.Ref] = p; len(p.Licences) == 0 && !strings.HasPrefix(p.Ref, "pkg:npm/") { // not every lock file's package names one
			t.Errorf("%s has no licence", p.Ref)
		}
		if p.Name == "esbuild" || p.Name == "hyparquet" {
			t.Errorf("%s is not handed out", p.Name)
		}
	}
	wasm := parts["pkg:npm/%40duckdb/duckdb-wasm@1.28.0"]
	if len(wasm.Hashes) != 1 || len(wasm.Hashes[0].Content) != 128 {
		t.Errorf("DuckDB-Wasm: %+v", wasm)
	}
	echarts := false
	for ref := range parts {
		echarts = echarts || strings.HasPrefix(ref, "pkg:npm/echarts@5.")
	}
	if !echarts {
		t.Error("ECharts is not listed")
	}
}

// TestLicences: the list in NOTICE is read, and not the texts below it.
func TestLicences(t *testing.T) {
	got := licencesIn([]byte("Tidemark is licensed\n\nMIT            a.example/b v1.2.3\nBSD-3-Clause   c v0.0.0-2021\n\ntext v1 of a licence\n"))
	if len(got) != 2 || got["a.example/b v1.2.3"] != "MIT" || got["c v0.0.0-2021"] != "BSD-3-Clause" {
		t.Errorf("%v", got)
	}
}
