package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/registry"
	"tidemark/datasets"
	"tidemark/pipeline"
)

// A source is planned, collected into a dataset and published; the status and the rows are read without a session.
func Example() {
	dir, err := os.MkdirTemp("", "tidemark-example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	const payloads = `{"roas": [{"asn": "AS64496", "prefix": "192.0.2.0/24", "maxLength": 24, "ta": "ripe"}]}`
	if err := os.WriteFile(filepath.Join(dir, "vrps.20240301.json"), []byte(payloads), 0o644); err != nil {
		log.Fatal(err)
	}

	p, err := pipeline.Open(pipeline.Options{
		Dir:   filepath.Join(dir, "data"),
		Kinds: []collectors.Kind{registry.ROAs{}},
		Sources: []collectors.Source{
			{Name: "vrps", Kind: "roas", URLs: []string{"file:vrps.*.json"}, Base: dir},
		},
		Clock: func() time.Time { return time.Date(2024, 3, 2, 6, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	plan, err := p.Plan(ctx, false)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("due:", plan.ThisRun.Files)

	if err := runOnce(ctx, p); err != nil {
		log.Fatal(err)
	}

	status, err := p.Status(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("status:", status.Sources[0].Source, status.Sources[0].State)
	store := p.Store()
	partitions, err := store.Manifests(datasets.ROAs.Schema)
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range partitions {
		for row, err := range datasets.ROAs.Scan(store.Path(m)) {
			if err != nil {
				log.Fatal(err)
			}
			fmt.Printf("%s: %s by AS%d\n", row.FileDate.Format(time.DateOnly), row.Prefix, row.ASN)
		}
	}
	if _, err := os.Stat(filepath.Join(p.SiteDir(), "index.html")); err == nil {
		fmt.Println("the site is published")
	}
	// Output:
	// due: 1
	// run: done
	// status: vrps good
	// 2024-03-01: 192.0.2.0/24 by AS64496
	// the site is published
}

// runOnce makes one run in a session of its own.
func runOnce(ctx context.Context, p *pipeline.Pipeline) error {
	session, ctx, err := p.BeginMirrored(ctx)
	if err != nil {
		return err
	}
	report, err := session.Run(ctx)
	if report.Run != nil {
		fmt.Println("run:", report.Run.Outcome)
	}
	_, endErr := session.End(ctx)
	return errors.Join(err, endErr)
}
