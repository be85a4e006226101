package site

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"path"
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

// readAsset returns what is published of an embedded file: large ones are embedded compressed, and a browser gets them plain.
func readAsset(name string) ([]byte, error) {
	content, err := assetFiles.ReadFile(name)
	if err != nil || !strings.HasSuffix(name, ".gz") {
		return content, err
	}
	in, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(in)
}
