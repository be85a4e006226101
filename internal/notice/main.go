// Command notice writes NOTICE: the licences of all modules that the program is built from, and of what else is handed out with it.
package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	text, err := notice(".")
	if err == nil {
		err = os.WriteFile("NOTICE", text, 0o644)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// work is something of others, with its licence.
type work struct {
	name, version string
	licence       string // SPDX identifier
	text          string // of the licence and the notices, as its authors hand it out
}

// licences are those that are allowed, told by a phrase of each; the longer ones come first.
var licences = []struct{ id, phrase string }{
	{"Apache-2.0", "Apache License Version 2.0"},
	{"BSD-3-Clause", "Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following disclaimer in the documentation and/or other materials provided with the distribution. Neither the name"},
	{"BSD-3-Clause", "or promote products derived from this software without specific prior written permission"},
	{"BSD-2-Clause", "Redistributions in binary form must reproduce the above copyright notice"},
	{"MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy of this software"},
	{"ISC", "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted"},
	{"ISC", "Permission to use, copy, modify, and distribute this software for any purpose with or without fee is hereby granted, provided that the above copyright notice"},
	{"0BSD", "Permission to use, copy, modify, and distribute this software for any purpose with or without fee"},
	{"CC0-1.0", "Creative Commons CC0 1.0 Universal"},
	{"Unlicense", "This is free and unencumbered software released into the public domain"},
}

var refused = regexp.MustCompile(`(?i)GNU (LESSER |AFFERO |LIBRARY )?GENERAL PUBLIC LICENSE|Server Side Public License|Business Source License|Mozilla Public License`)

// classify returns the SPDX identifier of a licence's text. It is an error if it is none of those that are allowed.
func classify(text string) (string, error) {
	plain := strings.Join(strings.Fields(strings.NewReplacer("*", " ", "//", " ", "#", " ").Replace(text)), " ")
	if found := refused.FindString(plain); found != "" {
		return "", fmt.Errorf("its licence is, or names, the %s, which is not allowed", found)
	}
	for _, l := range licences {
		if strings.Contains(strings.ToLower(plain), strings.ToLower(l.phrase)) {
			return l.id, nil
		}
	}
	return "", errors.New("its licence is not known; read it, and add it to those that are allowed, or remove the module")
}

var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|unlicense|notice)([.-].*)?$`)

// readLicence returns the texts of the licence and notice files in a folder, or of the readme where it alone has them.
func readLicence(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	var texts []string
	for pass, name := range []*regexp.Regexp{licenceFile, regexp.MustCompile(`(?i)^readme\.md$`)} {
		for _, e := range entries {
			if e.IsDir() || !name.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
				continue
			}
			b, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				return "", err
			}
			text := strings.TrimSpace(string(b))
			if at := strings.Index(strings.ToLower(text), "mit license"); pass == 1 && at >= 0 {
				text = text[at:]
			}
			texts = append(texts, text)
		}
		if len(texts) > 0 {
			break
		}
	}
	if len(texts) == 0 {
		return "", errors.New("it has no licence")
	}
	return strings.ReplaceAll(strings.Join(texts, "\n\n"), "\r\n", "\n"), nil
}

// modules returns the modules that the program is built from on Linux, in the order of their paths.
func modules(root string) (works []work, err error) {
	list := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}", "./cmd/tidemark")
	list.Dir, list.Env, list.Stderr = root, append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=1"), os.Stderr
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	slices.Sort(lines)
	for _, line := range slices.Compact(lines) {
		fields := strings.Split(line, "\t")
		if len(fields) != 3 {
			continue // a package of the standard library
		}
		w := work{name: fields[0], version: fields[1]}
		if w.text, err = readLicence(fields[2]); err == nil {
			w.licence, err = classify(w.text)
		}
		if err != nil {
			return nil, fmt.Errorf("module %s %s: %w", w.name, w.version, err)
		}
		works = append(works, w)
	}
	return works, nil
}

// embedded are works without a module of their own.
const embedded = `Besides the modules, what is handed out contains:

  The Go standard library and runtime, Copyright 2009 The Go Authors: BSD-3-Clause, the text of golang.org/x/sys.
  DuckDB with its bundled libraries, Copyright Stichting DuckDB Foundation: MIT, the text of github.com/duckdb/duckdb-go-bindings; it
    contains ICU (Unicode-3.0), and others under MIT, BSD, Apache-2.0 and zlib, which https://github.com/duckdb/duckdb lists
    in its folder third_party.
  DuckDB-Wasm, in published sites with an SQL page, Copyright Stichting DuckDB Foundation: MIT.
  CodeMirror and Lezer, with crelt, style-mod and w3c-keyname, in published sites with an SQL page, Copyright Marijn Haverbeke and others: MIT.
  Apache ECharts, in published sites, Copyright The Apache Software Foundation: Apache-2.0. This product includes software developed at
    The Apache Software Foundation (https://www.apache.org/).
  RFC 6052, 6598, 6724, 7050, 8215 and 8781, in the sample: Copyright the IETF Trust and the persons identified as their authors, whole and
    unmodified under the IETF Trust's Legal Provisions Relating to IETF Documents (https://trustee.ietf.org/license-info).
`

// notice returns the text of NOTICE for the repository at root.
func notice(root string) ([]byte, error) {
	works, err := modules(root)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("Tidemark is licensed under the Apache License 2.0 (LICENSE). It is built from the works of others that are listed here, with their\nlicences. make notice writes this file.\n\n")
	b.WriteString(embedded + "\n")
	for _, w := range works {
		fmt.Fprintf(&b, "%-14s %s %s\n", w.licence, w.name, w.version)
	}
	of := map[[32]byte][]string{}
	var order [][32]byte
	texts := map[[32]byte]string{}
	for _, w := range works {
		sum := sha256.Sum256([]byte(w.text))
		if of[sum] == nil {
			order = append(order, sum)
			texts[sum] = w.text
		}
		of[sum] = append(of[sum], w.name)
	}
	for _, sum := range order {
		fmt.Fprintf(&b, "\n%s\n%s\n\n%s\n", strings.Repeat("-", 80), strings.Join(of[sum], "\n"), texts[sum])
	}
	return b.Bytes(), nil
}
