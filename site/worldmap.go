package site

import (
	_ "embed"
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
	"sync"
)

//go:embed world.txt
var worldText string

// outline is the border of a country, projected.
type outline struct {
	code string // ISO 3166; -: none
	path string // data of an SVG path
}

// mapWidth and mapHeight are those of the map in its own units: the Earth from 180° W to 180° E, from 58° S to 84° N.
const (
	mapWidth  = 1000.0
	mapHeight = 430.0
	mapTop    = 84.0
)

// equalEarth projects longitude and latitude, in degrees, to the plane. The formula is that of Šavrič, Patterson and Jenny, "The
// Equal Earth map projection", International Journal of Geographical Information Science 33 (2019).
func equalEarth(longitude, latitude float64) (x, y float64) {
	const a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
	t := math.Asin(math.Sqrt(3) / 2 * math.Sin(latitude*math.Pi/180))
	t2 := t * t
	t6 := t2 * t2 * t2
	x = 2 * math.Sqrt(3) * longitude * math.Pi / 180 * math.Cos(t) / (3 * (9*a4*t6*t2 + 7*a3*t6 + 3*a2*t2 + a1))
	return x, t * (a1 + a2*t2 + t6*(a3+a4*t2))
}

// world returns the outlines of all countries.
var world = sync.OnceValues(func() ([]outline, error) { return parseWorld(worldText) })

// parseWorld reads lines of a code, a tab, and rings of longitude,latitude separated by |.
func parseWorld(text string) (all []outline, err error) {
	half, _ := equalEarth(180, 0)
	_, top := equalEarth(0, mapTop)
	scale := mapWidth / (2 * half)
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		code, rings, _ := strings.Cut(strings.TrimSpace(line), "\t")
		var path strings.Builder
		for ring := range strings.SplitSeq(rings, "|") {
			for i, point := range strings.Fields(ring) {
				lon, lat, _ := strings.Cut(point, ",")
				longitude, err := strconv.ParseFloat(lon, 64)
				if err != nil {
					return nil, fmt.Errorf("outline of %s: %w", code, err)
				}
				latitude, err := strconv.ParseFloat(lat, 64)
				if err != nil {
					return nil, fmt.Errorf("outline of %s: %w", code, err)
				}
				x, y := equalEarth(longitude, latitude)
				command := "L"
				if i == 0 {
					command = "M"
				}
				fmt.Fprintf(&path, "%s%.1f %.1f", command, (x+half)*scale, (top-y)*scale)
			}
			path.WriteByte('Z')
		}
		all = append(all, outline{code, path.String()})
	}
	return all, nil
}

// mapSteps are the upper bounds of the classes of a share on the map; the last class ends at 1.
var mapSteps = []float64{0.2, 0.4, 0.6, 0.8}

// mapClass returns the class of a share, from 0 to len(mapSteps).
func mapClass(share float64) int {
	for i, step := range mapSteps {
		if share < step {
			return i
		}
	}
	return len(mapSteps)
}

// mapValue is what the map shows of a country.
type mapValue struct {
	name  string
	share float64
	text  string // the value in words
	link  string // of its page
}

// worldMap returns an SVG with the countries coloured by their shares, each a link with its value as the title. Countries without a
// value are hatched.
func worldMap(title, description string, values map[string]mapValue) (template.HTML, error) {
	outlines, err := world()
	if err != nil {
		return "", err
	}
	escape := template.HTMLEscapeString
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="map" viewBox="0 0 %g %g" role="group" aria-labelledby="map-t map-d"><title id="map-t">%s</title><desc id="map-d">%s</desc>`, mapWidth, mapHeight, escape(title), escape(description))
	b.WriteString(`<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-ground" width="6" height="6"/><path class="hatch-line" d="M0 0V6"/></pattern></defs>`)
	for _, o := range outlines {
		if v, ok := values[o.code]; ok {
			fmt.Fprintf(&b, `<a href="%s"><title>%s: %s</title><path class="m%d" d="%s"/></a>`, escape(v.link), escape(v.name), escape(v.text), mapClass(v.share), o.path)
		} else {
			fmt.Fprintf(&b, `<path class="mx" d="%s"><title>%s: no value</title></path>`, o.path, escape(o.code))
		}
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()), nil // every text in it is escaped
}
