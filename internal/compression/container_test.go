package compression_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"tidemark/internal/compression"
	"tidemark/internal/testkit"
)

// entry is a file in a zip or tar.
type entry struct {
	name    string
	content []byte
}

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

func zstandard(b []byte) []byte {
	w, _ := zstd.NewWriter(nil)
	return w.EncodeAll(b, nil)
}

// xzipped returns what xz makes of b.
func xzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	c := exec.Command(testkit.Need(t, "xz"), "-c")
	c.Stdin = bytes.NewReader(b)
	out, err := c.Output()
	if err != nil {
		t.Fatalf("xz: %v", err)
	}
	return out
}

func zipped(entries ...entry) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, e := range entries {
		f, _ := w.Create(e.name)
		f.Write(e.content)
	}
	w.Close()
	return out.Bytes()
}

func tarred(entries ...entry) []byte {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, e := range entries {
		h := tar.Header{Name: e.name, Size: int64(len(e.content)), Mode: 0o644, Typeflag: tar.TypeReg}
		if strings.HasSuffix(e.name, "/") {
			h.Typeflag = tar.TypeDir
		}
		w.WriteHeader(&h)
		w.Write(e.content)
	}
	w.Close()
	return out.Bytes()
}

// content returns what Open reads of b.
func content(b []byte, member string) ([]byte, error) {
	r, err := compression.Open(bytes.NewReader(b), compression.Options{Member: member})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// TestContainers: the one file, or the named one, is read, however it is wrapped.
func TestContainers(t *testing.T) {
	want := bytes.Repeat([]byte("1,example.com\n2,example.org\n"), 20_000)
	folder, a, b := entry{"x/", nil}, entry{"x/a.csv", want}, entry{"x/b.csv", []byte("other")}
	for name, c := range map[string]struct {
		bytes  []byte
		member string
		fails  string
	}{
		"xz":                 {bytes: xzipped(t, want)},
		"xz twice":           {bytes: append(xzipped(t, want[:28]), xzipped(t, want[28:])...)},
		"zstd":               {bytes: zstandard(want)},
		"zstd twice":         {bytes: append(zstandard(want[:28]), zstandard(want[28:])...)},
		"zip":                {bytes: zipped(folder, a)},
		"zip, named":         {bytes: zipped(b, a), member: "a.csv"},
		"zip of gzip":        {bytes: zipped(entry{"a.gz", gzipped(want)})},
		"tar":                {bytes: tarred(folder, a)},
		"tar, named":         {bytes: tarred(b, folder, a), member: "x/a.csv"},
		"tar.gz":             {bytes: gzipped(tarred(folder, a))},
		"tar.gz, named":      {bytes: gzipped(tarred(b, a)), member: "a.csv"},
		"tar.xz of zstd":     {bytes: xzipped(t, tarred(entry{"a.zst", zstandard(want)}))},
		"plain, but named":   {bytes: want, member: "a.csv"},
		"zip of two":         {bytes: zipped(a, b), fails: `the zip holds several files (["x/a.csv" "x/b.csv"])`},
		"zip without it":     {bytes: zipped(a, b), member: "c.csv", fails: `the zip holds no file "c.csv"`},
		"empty zip":          {bytes: zipped(), fails: "an empty zip"},
		"zip of folders":     {bytes: zipped(folder), fails: "the zip holds no file"},
		"tar of two":         {bytes: tarred(a, b), fails: "the tar holds several files"},
		"tar.gz of two":      {bytes: gzipped(tarred(a, b)), fails: "the tar holds several files"},
		"tar without it":     {bytes: tarred(a, b), member: "sv", fails: "the tar holds no file"},
		"gzip in gzip":       {bytes: gzipped(gzipped(want)), fails: "gzip within gzip"},
		"zip in gzip":        {bytes: gzipped(zipped(a)), fails: "zip within a compressed file"},
		"zip in zip":         {bytes: zipped(entry{"a.zip", zipped(a)}), fails: "zip within zip"},
		"tar in tar":         {bytes: tarred(entry{"a.tar", tarred(a)}), fails: "tar within tar"},
		"three compressions": {bytes: zipped(entry{"a", gzipped(xzipped(t, want))}), fails: "xz within gzip"},
		"lz4":                {bytes: []byte("\x04\x22\x4d\x18 and more"), fails: "this is lz4"},
		"lz4 in zip":         {bytes: zipped(entry{"a", []byte("\x04\x22\x4d\x18 and more")}), fails: "lz4 within zip"},
		"compress":           {bytes: []byte("\x1f\x9d\x90"), fails: "this is compress"},
		"7z":                 {bytes: []byte("7z\xbc\xaf\x27\x1c"), fails: "this is 7z"},
		"zip without a list": {bytes: zipped(a)[:200], fails: "this is a zip that cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := content(c.bytes, c.member)
			switch {
			case c.fails != "":
				if err == nil || !strings.Contains(err.Error(), c.fails) {
					t.Errorf("error %v, want %s", err, c.fails)
				}
			case err != nil || !bytes.Equal(got, want):
				t.Errorf("%d bytes and %v, want %d", len(got), err, len(want))
			}
		})
	}
}

// TestPipe: a zip and a tar that need to be read twice are refused where that is not possible.
func TestPipe(t *testing.T) {
	for name, b := range map[string][]byte{"zip": zipped(entry{"a", []byte("a")}), "tar": tarred(entry{"a", []byte("a")})} {
		r, err := compression.NewReader(io.MultiReader(bytes.NewReader(b)))
		if err == nil {
			r.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "from a file only") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	b := gzipped(tarred(entry{"b", []byte("b")}, entry{"a", []byte("a")}))
	r, err := compression.Open(io.MultiReader(bytes.NewReader(b)), compression.Options{Member: "a"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); string(got) != "a" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestContainerDamage: bytes before the damage are delivered, and the error says in what it is.
func TestContainerDamage(t *testing.T) {
	want := make([]byte, 1<<20)
	for i := range want {
		want[i] = byte(i * i >> 7)
	}
	for name, b := range map[string][]byte{"xz": xzipped(t, want), "zstd": zstandard(want), "tar": gzipped(tarred(entry{"a", want}))} {
		cut := b[:len(b)/2]
		got, err := content(cut, "a")
		if err == nil || !strings.Contains(err.Error(), "compressed offset") {
			t.Errorf("%s: error %v", name, err)
		}
		if !bytes.HasPrefix(want, got) {
			t.Errorf("%s: %d bytes that are not those before the damage", name, len(got))
		}
		if err := compression.Check(bytes.NewReader(cut), compression.DefaultLimit(), nil); err == nil {
			t.Errorf("%s: Check finds nothing", name)
		}
		if err := compression.Check(bytes.NewReader(b), compression.DefaultLimit(), nil); err != nil {
			t.Errorf("%s: Check of the whole: %v", name, err)
		}
	}
	z := zipped(entry{"a", want})
	if err := compression.Check(bytes.NewReader(z), compression.DefaultLimit(), nil); err != nil {
		t.Error(err)
	}
	if err := compression.Check(bytes.NewReader(z[:len(z)-30]), compression.DefaultLimit(), nil); err == nil {
		t.Error("a zip that is cut off passes")
	}
	z[len(z)/2] ^= 1
	if _, err := content(z, ""); err == nil || !strings.Contains(err.Error(), `the file "a" of the zip`) {
		t.Errorf("a changed zip: %v", err)
	}
}

// TestContainerBombs: the limit is that of the file, whatever it is wrapped in.
func TestContainerBombs(t *testing.T) {
	null, err := io.ReadAll(zeros(80 << 20))
	if err != nil {
		t.Fatal(err)
	}
	inner := gzipped(null)
	for name, b := range map[string][]byte{
		"xz": xzipped(t, null), "zstd": zstandard(null), "zip": zipped(entry{"a", null}), "tar.gz": gzipped(tarred(entry{"a", null})),
		"gzip in zip": zipped(entry{"a", inner}), "gzip in tar.gz": gzipped(tarred(entry{"a", inner})), "behind another file": gzipped(tarred(entry{"b", null}, entry{"a", nil})),
	} {
		got, err := content(b, "a")
		var bomb *compression.Bomb
		if !errors.As(err, &bomb) {
			t.Errorf("%s: %d bytes and %v, want a Bomb", name, len(got), err)
		}
	}
}

// signed returns a gzip stream with a comment in its header, as signify -z and gzip -n leave it.
func signed(b []byte, comment int) []byte {
	out := gzipped(b)
	header := append(bytes.Clone(out[:10]), strings.Repeat("0", comment)...)
	header[3] = 1 << 4
	return append(append(header, 0), out[10:]...)
}

// TestSignedGzip: signify puts a hash of each 64 kB into the header's comment, more than the gzip package reads.
func TestSignedGzip(t *testing.T) {
	want := []byte(strings.Repeat("content ", 1000))
	for _, n := range []int{0, 511, 512, 1 << 20} {
		if got, err := content(signed(want, n), ""); err != nil || !bytes.Equal(got, want) {
			t.Errorf("a comment of %d bytes: %d bytes and %v", n, len(got), err)
		}
	}
	two := append(signed(want, 600), gzipped(want)...)
	if got, err := content(two, ""); err != nil || len(got) != 2*len(want) {
		t.Errorf("two members: %d bytes and %v", len(got), err)
	}
	for what, b := range map[string][]byte{"over 16777216 bytes": signed(want, 17<<20), "unexpected EOF": signed(want, 1<<20)[:600]} {
		if _, err := content(b, ""); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("error %v, want %s", err, what)
		}
	}
}

// TestTarInTransfer: a tar is not looked into, and may inflate further than what is read of it.
func TestTarInTransfer(t *testing.T) {
	noise := make([]byte, 1<<20)
	for i := range noise {
		noise[i] = byte(i * i >> 9)
	}
	limit := compression.Limit{Free: 1 << 10, Ratio: 200, Max: 1 << 19, Tar: 1 << 22}
	look := func(io.Reader) error { return errors.New("looked") }
	if err := compression.Check(bytes.NewReader(gzipped(tarred(entry{"a", noise}))), limit, look); err != nil {
		t.Error(err)
	}
	var bomb *compression.Bomb
	if err := compression.Check(bytes.NewReader(gzipped(noise)), limit, nil); !errors.As(err, &bomb) || !strings.Contains(err.Error(), "more than 524288 bytes") {
		t.Errorf("no tar: %v", err)
	}
	limit.Tar = 1 << 20
	if err := compression.Check(bytes.NewReader(gzipped(tarred(entry{"a", noise}))), limit, nil); !errors.As(err, &bomb) {
		t.Errorf("a large tar: %v", err)
	}
}

// TestMRTIsNoContainer: the time of a record may read as the magic number of a zip.
func TestMRTIsNoContainer(t *testing.T) {
	b := append([]byte("PK\x03\x04\x00\x0d\x00\x01"), make([]byte, 600)...)
	if got, err := content(b, ""); err != nil || !bytes.Equal(got, b) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// TestFiles reads a dump in each format as it lies on the disk.
func TestFiles(t *testing.T) {
	packed := file(t, "mrt/libbgpstream/updates.example.bz2")
	plain, err := content(packed, "")
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"rib.xz": xzipped(t, plain), "rib.zst": zstandard(plain), "rib.zip": zipped(entry{"rib", plain}), "rib.tar": tarred(entry{"rib.bz2", packed})} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := compression.NewReader(f)
		if err != nil {
			t.Fatal(fmt.Errorf("%s: %w", name, err))
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%s: %d bytes and %v, want %d", name, len(got), err, len(plain))
		}
		r.Close()
		f.Close()
	}
}
