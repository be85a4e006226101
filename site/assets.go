package site

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"tidemark/site/headers"
	"tidemark/site/publish"
)

// assetFiles holds the style sheet and the scripts. The Makefile adds ECharts and DuckDB; the program builds without them.
//
//go:embed assets
var assetFiles embed.FS

const (
	echartsPath = "assets/echarts.min.js"
	duckDBPath  = headers.DuckDBFolder + "duckdb.js"
	workerPath  = headers.DuckDBFolder + "worker.js"
	wasmPath    = headers.DuckDBFolder + "duckdb.wasm"
)

// builtIn says what the program was built with.
type builtIn struct {
	echarts bool
	duckDB  int64 // bytes that a browser loads before the first query; 0: it is not built in
}

var (
	styleComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	scriptMargin = regexp.MustCompile(`(?m)^[ \t]*(?://.*)?\n|^[ \t]+`) // comments with a line of their own, blank lines, indentation
)

// uncommented returns a script or a style sheet without what only its readers need, an eighth of it as a server compresses it. Texts of
// several lines, which it would change, are in none (a test looks).
func uncommented(extension string, content []byte) []byte {
	switch extension {
	case ".css":
		content = styleComment.ReplaceAll(content, nil)
	case ".js":
	default:
		return content
	}
	return scriptMargin.ReplaceAll(content, nil)
}

// addAssets writes the assets, and returns notes on those that the program was built without.
func addAssets(stage *publish.Stage) (built builtIn, notes []string, err error) {
	err = fs.WalkDir(assetFiles, "assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		content, err := readAsset(name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return stage.Add(strings.TrimSuffix(name, ".gz"), content)
	})
	if err != nil {
		return built, nil, err
	}
	if built.echarts = stage.Has(echartsPath); !built.echarts {
		notes = append(notes, "charts are static: the program was built without site/"+echartsPath+"; build it with make")
	}
	if !stage.Has(duckDBPath) {
		notes = append(notes, "the SQL page does not answer: the program was built without site/"+duckDBPath+"; build it with make where npm is installed")
		return built, notes, nil
	}
	for _, name := range []string{duckDBPath, workerPath, wasmPath} {
		part, _ := stage.File(name)
		built.duckDB += part.Bytes
	}
	return built, notes, nil
}

// readAsset returns what is published of an embedded file: large ones are embedded compressed, and a browser gets them plain; our own
// scripts and styles go without comments.
func readAsset(name string) ([]byte, error) {
	content, err := assetFiles.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if path.Dir(name) == "assets" && name != echartsPath {
		return uncommented(path.Ext(name), content), nil
	}
	if !strings.HasSuffix(name, ".gz") {
		return content, nil
	}
	in, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(in)
}
