package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// document is a bill of materials as CycloneDX 1.6 has it: https://cyclonedx.org/docs/1.6/json/.
type document struct {
	Format   string      `json:"bomFormat"`
	Spec     string      `json:"specVersion"`
	Version  int         `json:"version"`
	Metadata metadata    `json:"metadata"`
	Parts    []component `json:"components"`
}

type metadata struct {
	Timestamp string    `json:"timestamp"`
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	PURL       string     `json:"purl,omitempty"`
	Hashes     []hash     `json:"hashes,omitempty"`
	Licences   []licence  `json:"licenses,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type licence struct {
	Licence struct {
		ID string `json:"id"`
	} `json:"license"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// sbom returns the bill of materials of a program: the Go modules that it says it was built from, and the npm packages and ECharts
// that are embedded in it. Licences of modules are those of NOTICE in the working directory. Nothing in it depends on when or where
// it is made.
func sbom(program, version string, at time.Time, lock string) ([]byte, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	d := document{Format: "CycloneDX", Spec: "1.6", Version: 1}
	d.Metadata.Timestamp = at.UTC().Format(time.RFC3339)
	d.Metadata.Component = component{Type: "application", Ref: "tidemark@" + version, Name: "tidemark", Version: version, Hashes: []hash{{"SHA-256", hex.EncodeToString(sum[:])}}}
	d.Metadata.Component.license("Apache-2.0")
	goVersion := strings.TrimPrefix(info.GoVersion, "go")
	std := component{Type: "library", Ref: "pkg:golang/std@" + goVersion, Name: "std", Version: goVersion, PURL: "pkg:golang/std@" + goVersion}
	std.license("BSD-3-Clause")
	d.Parts = append(d.Parts, std)
	notice, err := os.ReadFile("NOTICE")
	if err != nil {
		return nil, err
	}
	licences := licencesIn(notice)
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		purl := "pkg:golang/" + m.Path + "@" + m.Version
		c := component{Type: "library", Ref: purl, Name: m.Path, Version: m.Version, PURL: purl}
		id, known := licences[m.Path+" "+m.Version]
		if !known {
			return nil, fmt.Errorf("NOTICE does not have %s %s; make notice writes it", m.Path, m.Version)
		}
		c.license(id)
		if m.Sum != "" {
			c.Properties = []property{{"go.sum", m.Sum}}
		}
		d.Parts = append(d.Parts, c)
	}
	embedded, err := npmPackages(lock)
	if err != nil {
		return nil, err
	}
	echarts, err := echartsIn(filepath.Join("site", "assets", "echarts.min.js"))
	if err != nil {
		return nil, err
	}
	d.Parts = append(d.Parts, append(embedded, echarts)...)
	slices.SortFunc(d.Parts, func(a, b component) int { return cmp.Compare(a.Ref, b.Ref) })
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err = encoder.Encode(d)
	return text.Bytes(), err
}

func (c *component) license(id string) {
	var l licence
	l.Licence.ID = id
	c.Licences = append(c.Licences, l)
}

var noticeLine = regexp.MustCompile(`(?m)^([A-Za-z0-9.-]+) +(\S+) (v\S+)$`)

// licencesIn returns the licences that NOTICE lists, by module and version.
func licencesIn(notice []byte) map[string]string {
	licences := map[string]string{}
	for _, m := range noticeLine.FindAllSubmatch(notice, -1) {
		licences[string(m[2])+" "+string(m[3])] = string(m[1])
	}
	return licences
}

// npmPackages returns the packages of a lock file that are bundled: neither those for tests, nor the bundler.
func npmPackages(file string) (parts []component, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var lock struct {
		Packages map[string]struct {
			Version, Integrity, License string
			Dev                         bool
		}
	}
	if err := json.Unmarshal(text, &lock); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for place, p := range lock.Packages {
		_, name, is := cutLast(place, "node_modules/")
		if !is || p.Dev || name == "esbuild" || strings.HasPrefix(name, "@esbuild/") {
			continue
		}
		purl := "pkg:npm/" + strings.Replace(name, "@", "%40", 1) + "@" + p.Version
		c := component{Type: "library", Ref: purl, Name: name, Version: p.Version, PURL: purl}
		if p.License != "" {
			c.license(p.License)
		}
		if algorithm, digest, is := strings.Cut(p.Integrity, "-"); is && algorithm == "sha512" {
			raw, err := base64.StdEncoding.DecodeString(digest)
			if err != nil {
				return nil, fmt.Errorf("%s: the integrity of %s: %w", file, name, err)
			}
			c.Hashes = []hash{{"SHA-512", hex.EncodeToString(raw)}}
		}
		if !slices.ContainsFunc(parts, func(other component) bool { return other.Ref == c.Ref }) { // two folders may have one version
			parts = append(parts, c)
		}
	}
	return parts, nil
}

// cutLast is strings.Cut at the last place.
func cutLast(text, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(text, sep); i >= 0 {
		return text[:i], text[i+len(sep):], true
	}
	return text, "", false
}

var echartsVersion = regexp.MustCompile(`\.version="([0-9]+\.[0-9]+\.[0-9]+)"`)

// echartsIn returns Apache ECharts as it is embedded.
func echartsIn(file string) (component, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return component{}, err
	}
	m := echartsVersion.FindSubmatch(content)
	if m == nil {
		return component{}, fmt.Errorf("%s does not say its version", path.Base(file))
	}
	sum, version := sha256.Sum256(content), string(m[1])
	purl := "pkg:npm/echarts@" + version
	c := component{Type: "library", Ref: purl, Name: "echarts", Version: version, PURL: purl, Hashes: []hash{{"SHA-256", hex.EncodeToString(sum[:])}}}
	c.license("Apache-2.0")
	return c, nil
}
