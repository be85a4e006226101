package registry

import (
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"tidemark/internal/testkit/fuzz"
)

// routesOf reads the routes of a dump in the plainest way: all lines of an object, then its attributes, then what they say.
func routesOf(dump string) (seen int, routes []string) {
	var object []string
	for _, line := range append(strings.Split(dump, "\n"), "") {
		line = strings.TrimRight(line, "\r")
		switch {
		case strings.TrimSpace(line) != "" && !strings.ContainsAny(line[:1], "#%"):
			object = append(object, line)
			continue
		case strings.TrimSpace(line) != "":
			continue
		}
		var names []string
		values := map[string][]string{}
		for _, line := range object {
			name, value, _ := strings.Cut(line, ":")
			if name = strings.ToLower(name); strings.ContainsAny(line[:1], " \t+") {
				if len(names) == 0 {
					names = append(names, "")
				}
				name = names[len(names)-1]
				value = " " + line[1:]
				if all := values[name]; len(all) > 0 {
					value = all[len(all)-1] + strings.Split(value, "#")[0]
					values[name] = all[:len(all)-1]
				}
			}
			names = append(names, name)
			values[name] = append(values[name], strings.Split(value, "#")[0])
		}
		object = nil
		if len(names) == 0 || names[0] != "route" && names[0] != "route6" {
			continue
		}
		seen++
		first := func(name string) string {
			return strings.TrimSpace(decoded(append(values[name], "")[0]))
		}
		prefix, err := netip.ParsePrefix(first(names[0]))
		origin, malformed := strconv.ParseUint(strings.TrimPrefix(strings.ToUpper(first("origin")), "AS"), 10, 32)
		if err == nil && malformed == nil && prefix.Masked() == prefix && !prefix.Addr().Is4In6() && prefix.Addr().Is4() == (names[0] == "route") && first("source") != "" {
			maintainers := strings.Fields(strings.ReplaceAll(decoded(strings.Join(values["mnt-by"], " ")), ",", " "))
			routes = append(routes, fmt.Sprintf("%s AS%d %d", prefix, origin, len(maintainers)))
		}
	}
	return seen, routes
}

// decoded returns text that is not UTF-8 with a character for each byte, as ISO 8859-1 has them: its A0 is a space.
func decoded(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	var characters []rune
	for _, b := range []byte(text) {
		characters = append(characters, rune(b))
	}
	return string(characters)
}

// FuzzRPSL: the routes of a dump are those that a reader finds that holds everything.
func FuzzRPSL(t *testing.F) {
	f := fuzz.With(t)
	for _, seed := range []string{
		"route: 192.0.2.0/24\norigin: AS1 # x\n+\nmnt-by: A,\n B\nmnt-by: c\nsource: X\n\nROUTE6: ::/0\nmnt-by\n%\norigin: 2\nsource:\n#\n Y\n",
		"\r\n \n+route\n\npoem: x\n\nroute:\n\x00\n", " x\nroute: 10.0.0.0/8\n\nroute: 10.0.0.0/8\nx y\n z\norigin: AS1\nsource: \xe9",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, dump string) {
		if len(dump) > maxAttributes/2 {
			return
		}
		wantSeen, want := routesOf(dump)
		var got []string
		seen := 0
		for objects := newRPSL(strings.NewReader(dump)); ; {
			o, err := objects.next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if o.class != "route" && o.class != "route6" {
				continue
			}
			seen++
			if r, err := o.route(); err == nil {
				got = append(got, fmt.Sprintf("%s AS%d %d", r.Prefix, r.OriginASN, len(strings.Fields(r.MntBy))))
			}
		}
		if seen != wantSeen || !slices.Equal(got, want) {
			t.Errorf("%d objects, routes %q, want %d and %q", seen, got, wantSeen, want)
		}
	})
}
