package assistant

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/suggest"
)

type datasetsIn struct {
	All bool `json:"all,omitempty" jsonschema:"also list datasets without partitions"`
}

type datasetsOut struct {
	Source   string         `json:"source"`
	AsOf     string         `json:"as_of,omitempty" jsonschema:"newest day of any dataset"`
	Datasets []datasetThere `json:"datasets"`
	Empty    int            `json:"empty" jsonschema:"datasets without partitions"`
}

// datasetThere is a dataset with what there is of it.
type datasetThere struct {
	table.Summary
	Row         string `json:"row" jsonschema:"what a row is"`
	SHA256      string `json:"newest_sha256,omitempty" jsonschema:"of the newest partition"`
	Newest      string `json:"newest_partition,omitempty"`
	Unpublished int    `json:"unpublished,omitempty" jsonschema:"older partitions that the site does not publish"`
}

type describeIn struct {
	Dataset string `json:"dataset" jsonschema:"name of a dataset, such as routes"`
}

type describeOut struct {
	Dictionary table.Dictionary `json:"dictionary"`
	Basis      basis            `json:"basis"`
}

func (s *server) addDatasets() {
	add(s, "datasets", "List the datasets", "Lists the datasets with their partitions, rows and days. Each is a table for sql.", s.datasets)
	add(s, "describe", "Describe a dataset", "Says what a row, each column, its unit and its nulls mean in a dataset, and which RFC defines it.", s.describe)
	for _, schema := range datasets.All() {
		s.AddResource(&mcp.Resource{URI: resource + schema.Name, Name: schema.Name, Description: schema.Row, MIMEType: "application/json"}, readDictionary)
	}
}

// resource is what the URIs of the dictionaries begin with.
const resource = "tidemark:///datasets/"

func readDictionary(_ context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	schema, err := schemaOf(strings.TrimPrefix(req.Params.URI, resource))
	if err != nil {
		return nil, mcp.ResourceNotFoundError(req.Params.URI)
	}
	content, err := json.Marshal(schema.Dictionary())
	if err != nil {
		return nil, err
	}
	return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: req.Params.URI, MIMEType: "application/json", Text: string(content)}}}, nil
}

// schemaOf returns the dataset of that name.
func schemaOf(name string) (*table.Schema, error) {
	var known []string
	for _, s := range datasets.All() {
		if s.Name == name {
			return s, nil
		}
		known = append(known, s.Name)
	}
	return nil, fmt.Errorf("no dataset is called %q%s; the tool datasets lists them", name, suggest.Near(name, known))
}

func (s *server) datasets(ctx context.Context, in datasetsIn) (*datasetsOut, error) {
	if _, err := s.source.Open(ctx, nil); err != nil {
		return nil, err
	}
	out := &datasetsOut{Source: s.source.String(), Datasets: []datasetThere{}}
	for _, schema := range datasets.All() {
		partitions, left, err := s.source.Partitions(ctx, schema)
		if err != nil {
			return nil, err
		}
		if len(partitions) == 0 {
			out.Empty++
			if !in.All {
				continue
			}
		}
		d := datasetThere{Summary: schema.Summary(partitions), Row: schema.Row, Unpublished: left}
		if n := len(partitions); n > 0 {
			newest := partitions[n-1]
			d.Newest, d.SHA256 = newest.File, newest.SHA256
			out.AsOf = max(out.AsOf, newest.Day().Format(time.DateOnly))
		}
		out.Datasets = append(out.Datasets, d)
	}
	return out, nil
}

func (s *server) describe(ctx context.Context, in describeIn) (*describeOut, error) {
	schema, err := schemaOf(in.Dataset)
	if err != nil {
		return nil, err
	}
	if _, err := s.source.Open(ctx, nil); err != nil {
		return nil, err
	}
	partitions, _, err := s.source.Partitions(ctx, schema)
	if err != nil {
		return nil, err
	}
	out := &describeOut{Dictionary: schema.Dictionary()}
	out.Basis, err = s.basisOf(ctx, time.Time{}, partitions)
	return out, err
}
