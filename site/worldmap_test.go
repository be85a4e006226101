package site

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"tidemark/analysis/operator"
)

// TestEqualEarth: the equator and the pole lie where the published coefficients put them, and the projection is symmetric.
func TestEqualEarth(t *testing.T) {
	half, _ := equalEarth(180, 0)
	_, pole := equalEarth(0, 90)
	if math.Abs(half-2.70663) > 1e-4 || math.Abs(pole-1.31736) > 1e-4 { // the paper's aspect ratio is 2.05458
		t.Errorf("half the width is %g, half the height %g", half, pole)
	}
	x, y := equalEarth(-30, -40)
	if u, v := equalEarth(30, 40); x != -u || y != -v {
		t.Errorf("%g,%g is not opposite of %g,%g", x, y, u, v)
	}
}

// TestWorld: every outline has a code or none, and no border runs from one edge of the map to the other.
func TestWorld(t *testing.T) {
	outlines, err := world()
	if err != nil || len(outlines) < 170 {
		t.Fatalf("%d outlines, %v", len(outlines), err)
	}
	for _, o := range outlines {
		if o.code != "-" && operator.CountryPage(o.code) == "" {
			t.Errorf("code %q", o.code)
		}
	}
	for line := range strings.Lines(worldText) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		code, rings, _ := strings.Cut(strings.TrimSpace(line), "\t")
		for ring := range strings.SplitSeq(rings, "|") {
			var west float64
			for i, point := range strings.Fields(ring) {
				text, _, _ := strings.Cut(point, ",")
				longitude, err := strconv.ParseFloat(text, 64)
				if err != nil {
					t.Fatal(err)
				}
				if i > 0 && math.Abs(longitude-west) > 180 {
					t.Errorf("a border of %s runs from %g to %g", code, west, longitude)
				}
				west = longitude
			}
		}
	}
}

// TestWorldMap: names and links are escaped, and a country without a value is hatched. It is not an image, in which links could not be followed.
func TestWorldMap(t *testing.T) {
	html, err := worldMap("T<", "D", map[string]mapValue{"DE": {`<b>"`, 0.8, "80.0 %", "./x.html"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"T&lt;", `role="group"`, `<a href="./x.html"><title>&lt;b&gt;&#34;: 80.0 %</title><path class="m4"`, `<path class="mx"`} {
		if !strings.Contains(string(html), want) {
			t.Errorf("the map lacks %s", want)
		}
	}
}
