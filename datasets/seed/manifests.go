package seed

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tidemark/datasets/table"
	"tidemark/internal/legible"
)

const (
	maxManifests = 256 << 20 // bytes of the manifests of a dataset
	maxLine      = 8 << 20   // bytes of a manifest
	maxPartition = 1 << 40   // bytes
	maxText      = 2000      // of a reason or a damage in a manifest, in bytes
)

// manifests fetches the manifests of a dataset and calls each with every one of them, in the order of their files. A file of its own goes to
// the folder.
func (s *Site) manifests(ctx context.Context, schema *table.Schema, want File, folder string, now time.Time, each func(*table.Manifest) error) error {
	part, err := s.file(ctx, ManifestsPath(schema.Name), want, folder)
	if err != nil {
		return err
	}
	defer part.remove()
	in, err := os.Open(part.path)
	if err != nil {
		return err
	}
	defer in.Close()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	before := ""
	for n := 1; lines.Scan(); n++ {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		m := new(table.Manifest)
		err := json.Unmarshal(lines.Bytes(), m)
		if err == nil {
			err = checkManifest(schema, m)
		}
		switch {
		case err != nil:
		case m.File <= before:
			err = fmt.Errorf("it names %s, which is not behind %s", m.File, before)
		case m.Day().After(now.AddDate(0, 0, 1)):
			err = fmt.Errorf("it names %s, of a day to come", m.File)
		}
		if err != nil {
			return fmt.Errorf("line %d of its manifests: %w", n, err)
		}
		if err := each(m); err != nil {
			return err
		}
		before = m.File
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("one of its manifests is longer than %d bytes", maxLine)
	}
	return lines.Err()
}

// checkManifest is an error if a manifest cannot be that of a partition of the dataset, and makes its texts safe to show.
func checkManifest(schema *table.Schema, m *table.Manifest) error {
	if _, ok := schema.KeyOf(m.File); !ok || m.Dataset != schema.Name || m.Schema != schema.Version {
		return fmt.Errorf("%q is not a partition of %s, version %d", m.File, schema.Name, schema.Version)
	}
	if m.Bytes <= 0 || m.Bytes > maxPartition || !isSHA256(m.SHA256) {
		return fmt.Errorf("%s has %d bytes and SHA-256 %q", m.File, m.Bytes, m.SHA256)
	}
	for i, in := range m.Inputs {
		if !isInput(in) {
			return fmt.Errorf("%s names the input %q with SHA-256 %q", m.File, in.Name, in.SHA256)
		}
		m.Inputs[i].URL = text(in.URL)
	}
	if by := m.MeasuredBy; by != nil {
		if address, err := Address(by.URL); err != nil || address != by.URL || !known.MatchString(by.Known) || !isSHA256(by.SHA256) {
			return fmt.Errorf("%s was measured by %q, known as %q, with SHA-256 %q", m.File, by.URL, by.Known, by.SHA256)
		}
		if !spdx.MatchString(by.License) {
			by.License = ""
		}
		by.Name, by.Through, by.Fetched = shown(by.Name), "", ""
	}
	m.Labels = nil
	m.Program, m.Unit = text(m.Program), text(m.Unit)
	m.Rejected, m.Noted = texts(m.Rejected), texts(m.Noted)
	for i := range m.Damage {
		m.Damage[i] = text(m.Damage[i])
	}
	return nil
}

// isInput reports whether an input can be one of an archive: its name is below a folder, and can be shown as it is.
func isInput(in table.Input) bool {
	return in.Name == path.Clean(in.Name) && in.Name == text(in.Name) && filepath.IsLocal(filepath.FromSlash(in.Name)) && isSHA256(in.SHA256) && in.Bytes >= 0
}

// text returns a foreign text as it may be shown, of bounded length.
func text(s string) string { return legible.Line(s[:min(len(s), maxText)]) }

// texts returns counts under texts that may be shown.
func texts(counts map[string]int64) map[string]int64 {
	if counts == nil {
		return nil
	}
	all := map[string]int64{}
	for _, reason := range slices.Sorted(maps.Keys(counts)) {
		all[text(reason)] += counts[reason]
	}
	return all
}

func isSHA256(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 32 && s == strings.ToLower(s)
}
