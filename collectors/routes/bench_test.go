package routes_test

import (
	"os"
	"os/exec"
	"testing"

	"tidemark/internal/testkit"
)

var benchFiles = map[string]string{
	"2002-table":   "mrt/bgpdump/test_data/bview.20020722.2337.gz",
	"2014-table":   "mrt/libbgpstream/routeviews.route-views.jinx.ribs.1401487200.bz2",
	"2019-updates": "mrt/bgp-rs/updates.20190101.0000.gz",
}

// BenchmarkDecode reads real files into committed datasets, beside bgpdump, which only prints them as text.
func BenchmarkDecode(b *testing.B) {
	for name, file := range benchFiles {
		path := testkit.Data(b, file)
		stat, err := os.Stat(path)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name+"/tidemark", func(b *testing.B) {
			b.SetBytes(stat.Size())
			for b.Loop() {
				if _, _, err := decodeFile(b, path, "bench"); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/bgpdump", func(b *testing.B) {
			bgpdump := testkit.Need(b, "bgpdump")
			b.SetBytes(stat.Size())
			for b.Loop() {
				if err := exec.Command(bgpdump, "-m", "-O", os.DevNull, path).Run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
