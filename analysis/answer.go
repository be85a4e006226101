package analysis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tidemark/internal/atomicfile"

	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// kept is an answer on disk, between analyse and render.
type kept struct {
	Slug    string               `json:"slug"`
	Made    string               `json:"made_from"` // hash of the question and of the partitions it could read
	Text    string               `json:"text"`
	Figures []AnsweredFigure     `json:"figures,omitempty"`
	From    []*table.Manifest    `json:"from"`
	Columns []table.ResultColumn `json:"columns"`
	Rows    [][]any              `json:"rows"`
}

// Run answers the questions whose text or partitions changed since they were answered last, and keeps the answers in
// dir. It returns the slugs of what it made, and removes answers of questions that there are no more.
func Run(ctx context.Context, store *table.Store, dir string, questions []*Question) (made []string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := removeOthers(dir); err != nil {
		return nil, err
	}
	var e *engine.Engine
	defer func() {
		if e != nil {
			e.Close()
		}
	}()
	present := map[string][]*table.Manifest{} // by dataset: there may be thousands
	for _, q := range questions {
		var from []*table.Manifest
		for _, s := range q.Datasets {
			if _, known := present[s.Name]; !known {
				if present[s.Name], err = store.Manifests(s); err != nil {
					return made, err
				}
			}
			from = append(from, present[s.Name]...)
		}
		hash, err := hashOf(q, from)
		if err != nil {
			return made, err
		}
		path := filepath.Join(dir, q.Slug+".json")
		if old, err := read(path); err == nil && old.Made == hash {
			continue
		}
		if e == nil { // opening takes time that a run with nothing due should not spend
			if e, err = engine.Open(store, datasets.All(), engine.Options{}); err != nil {
				return made, err
			}
		}
		a, err := answer(ctx, e, q)
		if err != nil {
			return made, err
		}
		b, err := json.MarshalIndent(kept{q.Slug, hash, a.Text, a.Figures, from, a.Result.Columns, a.Result.Rows}, "", " ")
		if err != nil {
			return made, fmt.Errorf("question %s: %w", q.Slug, err)
		}
		if err := atomicfile.Write(path, append(b, '\n')); err != nil {
			return made, err
		}
		made = append(made, q.Slug)
	}
	return made, nil
}

// removeOthers removes what no question asks any more, and what a killed run left.
func removeOthers(dir string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		slug := strings.TrimSuffix(f.Name(), ".json")
		if !slices.ContainsFunc(Questions(), func(q *Question) bool { return q.Slug == slug }) {
			if err := os.Remove(filepath.Join(dir, f.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func hashOf(q *Question, from []*table.Manifest) (string, error) {
	h := sha256.New()
	asked := *q
	asked.Datasets = nil // their partitions count, not their declarations
	if err := json.NewEncoder(h).Encode(asked); err != nil {
		return "", err
	}
	// The whole manifests count: other inputs can give the same rows, and the answer shows what they were.
	if err := json.NewEncoder(h).Encode(from); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// answer asks the question.
func answer(ctx context.Context, e *engine.Engine, q *Question) (*Answer, error) {
	result, err := e.Query(ctx, q.SQL)
	if err != nil {
		return nil, fmt.Errorf("question %s: %w", q.Slug, err)
	}
	a := &Answer{Question: q, Result: result, From: e.Partitions(q.Datasets...)}
	if len(result.Rows) == 0 {
		a.Text = "There are no data yet that answer this question."
		if slices.ContainsFunc(a.From, func(m *table.Manifest) bool { return m.Rows > 0 }) {
			a.Text = "The data hold nothing that this question asks for."
		}
		return a, nil
	}
	if a.Text, err = fill(q.Prose, result); err != nil {
		return nil, fmt.Errorf("prose of question %s: %w", q.Slug, err)
	}
	for _, f := range q.Figures {
		value, err := fill(f.Value, result)
		if err != nil {
			return nil, fmt.Errorf("figure %q of question %s: %w", f.Label, q.Slug, err)
		}
		if value != "" {
			past, err := pastOf(q, f, result)
			if err != nil {
				return nil, fmt.Errorf("history of figure %q of question %s: %w", f.Label, q.Slug, err)
			}
			a.Figures = append(a.Figures, AnsweredFigure{Label: f.Label, Value: value, Lead: f.Lead, History: past})
		}
	}
	return a, nil
}

// Load reads the answers to the questions that Run kept in dir, in the order of the questions. A question that was not
// answered yet is left out.
func Load(dir string, questions []*Question) (answers []*Answer, err error) {
	for _, q := range questions {
		k, err := read(filepath.Join(dir, q.Slug+".json"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		answers = append(answers, &Answer{Question: q, Result: &table.Result{Columns: k.Columns, Rows: k.Rows}, Text: k.Text, Figures: k.Figures, From: k.From})
	}
	return answers, nil
}

func read(path string) (*kept, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	k := new(kept)
	if err := d.Decode(k); err != nil {
		return nil, fmt.Errorf("%s: the answer is damaged: %w; remove it and run tidemark analyse", path, err)
	}
	for _, row := range k.Rows {
		if len(row) != len(k.Columns) {
			return nil, fmt.Errorf("%s: the answer is damaged: a row has %d values for %d columns; remove it and run tidemark analyse", path, len(row), len(k.Columns))
		}
		for i, c := range k.Columns {
			if row[i], err = typed(row[i], c.Type); err != nil {
				return nil, fmt.Errorf("%s: column %s: %w", path, c.Name, err)
			}
		}
	}
	return k, nil
}

// typed gives a JSON value the type of its column.
func typed(v any, t table.Type) (any, error) {
	switch v := v.(type) {
	case json.Number:
		if t == table.Int64 {
			return v.Int64()
		}
		return v.Float64()
	case string:
		if t == table.Timestamp || t == table.Date {
			return time.Parse(time.RFC3339, v)
		}
	case []any:
		list := make([]string, len(v))
		for i := range v {
			list[i], _ = v[i].(string)
		}
		return list, nil
	}
	return v, nil
}
