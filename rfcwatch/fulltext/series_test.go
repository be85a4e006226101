package fulltext_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/rfcwatch/fulltext"
)

var seriesTexts = flag.Int("series", 9800, "how many texts BenchmarkSeries indexes: there are about 9,800 RFCs")

// copies returns texts like those of the archive. Half of the sections come from other texts, so that no two texts have the same places. In
// each round, words that only one or two texts have are replaced by new ones, so that there are more words as there are more texts.
func copies(all []*fulltext.Text, n int) func(yield func(*fulltext.Text) bool) {
	in := map[string]int{}
	letter := func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }
	for i, text := range all {
		for _, s := range text.Sections {
			for _, p := range s.Paragraphs {
				for word := range strings.FieldsFuncSeq(p.Text, letter) {
					if last := in[word]; last&0xffff != i+1 {
						in[word] = (last>>16+1)<<16 | i + 1
					}
				}
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	return func(yield func(*fulltext.Text) bool) {
		for i := range n {
			of, round := all[i%len(all)], i/len(all)
			made := &fulltext.Text{Document: of.Document}
			made.Number = uint32(i + 1)
			for _, s := range of.Sections {
				if other := all[random.IntN(len(all))].Sections; random.IntN(2) == 0 && len(other) > 0 {
					s = other[random.IntN(len(other))]
				}
				copied := s
				copied.Paragraphs = slices.Clone(s.Paragraphs)
				for j, p := range s.Paragraphs {
					var b strings.Builder
					from := 0
					for at, r := range p.Text + "\n" {
						if !letter(r) {
							continue
						}
						word := p.Text[from:min(at, len(p.Text))]
						b.WriteString(word)
						if n := in[word] >> 16; n > 0 && n < 3 && round > 0 {
							fmt.Fprintf(&b, "%c%c", 'a'+round/26, 'a'+round%26)
						}
						if at < len(p.Text) {
							b.WriteRune(r)
						}
						from = at + 1
						if r > 0x7f {
							from = at + len(string(r))
						}
					}
					copied.Paragraphs[j].Text = b.String()
				}
				made.Sections = append(made.Sections, copied)
			}
			if !yield(made) {
				return
			}
		}
	}
}

// seriesQueries are what is looked for, in stems.
var seriesQueries = []struct {
	terms  []string
	places bool // of a phrase or a normative statement
}{
	{[]string{"happi", "eyebal"}, false}, {[]string{"duplic", "address", "detect"}, false}, {[]string{"path", "attribut"}, true}, {[]string{"must", "not"}, true},
}

// bytesLoaded returns how many bytes of a segment the browser loads for a query, without texts.
func bytesLoaded(b *testing.B, files map[string][]byte, terms []string, places bool) (sum int) {
	var header struct{ Bounds []string }
	if err := json.Unmarshal([]byte(plain(b, files["folder/0-a/segment.js"])), &header); err != nil {
		b.Fatal(err)
	}
	needed := map[string]bool{"segment": true}
	for _, term := range terms {
		i, found := slices.BinarySearch(header.Bounds, term)
		if !found {
			i--
		}
		needed[fmt.Sprintf("documents%d", i)] = true
		if places {
			needed[fmt.Sprintf("places%d", i)] = true
		}
	}
	for name := range needed {
		sum += len(files["folder/0-a/"+name+".js"])
	}
	return sum
}

// BenchmarkSeries indexes as many texts as there are RFCs, and searches them as the command line does. It takes minutes: run it with
// -bench Series -benchtime 1x -timeout 0.
func BenchmarkSeries(b *testing.B) {
	all := corpus(b)
	for b.Loop() {
		var built, searched, made time.Duration
		var peak uint64
		files, counts, sizes, bytes := 0, map[string]int{}, map[string]int{}, 0
		most := map[string]int{}
		scan := fulltext.NewScan(fulltext.ParseQuery(`"path attribute" unrecognized`, false))
		var texts []*fulltext.Text
		loaded := make([]int, len(seriesQueries))
		flush := func() {
			start := time.Now()
			made := segment(b, texts)
			for i, q := range seriesQueries {
				loaded[i] += bytesLoaded(b, made, q.terms, q.places)
			}
			for name, content := range made {
				files++
				kind := strings.TrimRight(strings.TrimSuffix(name[strings.LastIndexByte(name, '/')+1:], ".js"), "0123456789-")
				counts[kind]++
				sizes[kind] += len(content)
				most[kind] = max(most[kind], len(content))
			}
			built += time.Since(start)
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
			start = time.Now()
			for _, t := range texts {
				scan.Add(t)
				for _, s := range t.Sections {
					for _, p := range s.Paragraphs {
						bytes += len(p.Text)
					}
				}
			}
			searched += time.Since(start)
			texts = nil
		}
		start := time.Now()
		for t := range copies(all, *seriesTexts) {
			if texts = append(texts, t); len(texts) == fulltext.SegmentSize {
				flush()
			}
		}
		flush()
		made = time.Since(start) - built - searched
		b.ReportMetric(float64(bytes)/1e6, "MB-of-text")
		b.ReportMetric(built.Seconds(), "s-to-index")
		b.ReportMetric(searched.Seconds(), "s-to-scan")
		b.ReportMetric(float64(peak)/1e6, "MB-of-heap")
		b.ReportMetric(float64(files), "files")
		for i, q := range seriesQueries {
			b.Logf("%v, places %t: %d bytes of the index are loaded", q.terms, q.places, loaded[i])
		}
		b.Logf("made in %v; files by kind %v; bytes by kind %v; largest file by kind %v; %d hits", made, counts, sizes, most, len(scan.Hits()))
	}
}
