package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNotice: NOTICE names every module that the program is built from, and each has a licence that is allowed.
func TestNotice(t *testing.T) {
	want, err := notice("../..")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("NOTICE is not that of the modules: run make notice, and read the difference")
	}
}

func TestClassify(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Apache License\n   Version 2.0, January 2004", "Apache-2.0"},
		{"Permission is hereby granted, free of charge,\n// to any person obtaining a copy of this software and", "MIT"},
		{"Redistributions in binary form must reproduce the above copyright notice, ...", "BSD-2-Clause"},
		{"Permission to use, copy, modify, and distribute this software for any\npurpose with or without fee is hereby granted, provided that the above\ncopyright notice and this", "ISC"},
		{"Permission to use, copy, modify, and distribute this software for any purpose with or without fee is hereby granted.", "0BSD"},
		{"GNU GENERAL PUBLIC LICENSE\nVersion 3", ""},
		{"GNU Lesser General Public License", ""},
		{"All rights reserved. Ask us.", ""},
		{"", ""},
	} {
		got, err := classify(c.text)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q: %q, %v; want %q", c.text, got, err, c.want)
		}
	}
}

// TestLicenceIsMissing: a module without a licence is an error, and a readme that has one is read.
func TestLicenceIsMissing(t *testing.T) {
	dir := t.TempDir()
	if _, err := readLicence(dir); err == nil {
		t.Error("a folder without a licence has one")
	}
	if err := os.WriteFile(filepath.Join(dir, "README.md"), []byte("# It\n\n## MIT License\nPermission is hereby granted"), 0o644); err != nil {
		t.Fatal(err)
	}
	if text, err := readLicence(dir); err != nil || !strings.HasPrefix(text, "MIT License") {
		t.Errorf("%q, %v", text, err)
	}
}
