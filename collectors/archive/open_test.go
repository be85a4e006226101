package archive_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tidemark/collectors/archive"
)

// TestOpen: Open inflates, OpenBytes does not, and both read a file that is not compressed.
func TestOpen(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte("content"))
	z.Close()
	for name, received := range map[string][]byte{"a.gz": packed.Bytes(), "a.txt": []byte("content")} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, received, 0o644); err != nil {
			t.Fatal(err)
		}
		raw, err := archive.RawFile("roas", "", path, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			open func() (io.ReadCloser, error)
			want []byte
		}{{raw.Open, []byte("content")}, {raw.OpenBytes, received}} {
			in, err := test.open()
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(in)
			if err != nil {
				t.Error(err)
			}
			if err := in.Close(); err != nil {
				t.Error(err)
			}
			if !bytes.Equal(got, test.want) {
				t.Errorf("%s: %q, want %q", name, got, test.want)
			}
		}
	}
}

func TestIsWebPage(t *testing.T) {
	for start, want := range map[string]bool{
		"<!DOCTYPE html><html>": true, "\ufeff\r\n <HTML lang=en>": true, "<html>": true, "<!doctype HTML PUBLIC": true,
		"": false, "<?xml version='1.0'?><rfc-index>": false, "<!DOCTYPE registry>": false, "Hypertext <html>": false, "{}": false,
	} {
		if got := archive.IsWebPage([]byte(start)); got != want {
			t.Errorf("%q: %v", start, got)
		}
	}
}

func TestDayInName(t *testing.T) {
	for name, want := range map[string]string{
		"rib.20240229.0000.bz2": "2024-02-29", "rfc-index.2024-02-29.txt": "2024-02-29", "20240229": "2024-02-29", "v2-2024-0229x": "2024-02-29",
		"routeviews-rv2-20240229-1200.pfx2as.gz": "2024-02-29", "19991231-20240229": "1999-12-31",
		"rib.20230229.bz2": "", "rib.202402.bz2": "", "2024-02": "", "120240229": "", "202402291": "", "20241301": "", "18991231": "", "": "",
	} {
		day, ok := archive.DayInName(name)
		if ok != (want != "") {
			t.Errorf("%q: ok is %v", name, ok)
		}
		if ok && day.Format(time.DateOnly) != want {
			t.Errorf("%q: %s, want %s", name, day.Format(time.DateOnly), want)
		}
	}
}
