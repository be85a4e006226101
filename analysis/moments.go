package analysis

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tidemark/analysis/engine"
	"tidemark/datasets/table"
)

// moments asks for the moments that rows are compared with; for the same ones once.
type moments struct {
	engine *engine.Engine
	mu     sync.Mutex
	known  map[string]*table.Result
}

func newMoments(e *engine.Engine) *moments {
	return &moments{engine: e, known: map[string]*table.Result{}}
}

// since returns the series that have a moment since a day.
func (m *moments) since(ctx context.Context, compared string, day time.Time) (series []string, err error) {
	r, err := m.ask(ctx, compared, "SELECT DISTINCT series FROM (%s) WHERE moment >= DATE '%s'", day)
	if err != nil {
		return nil, err
	}
	for _, row := range r.Rows {
		series = append(series, row[0].(string))
	}
	return series, nil
}

// before returns the day of the newest moment before a day, by series.
func (m *moments) before(ctx context.Context, compared string, day time.Time) (newest map[string]string, err error) {
	r, err := m.ask(ctx, compared, "SELECT series, strftime(max(moment), '%%Y-%%m-%%d') FROM (%s) WHERE moment < DATE '%s' GROUP BY series", day)
	if err != nil {
		return nil, err
	}
	for _, row := range r.Rows {
		if newest == nil {
			newest = map[string]string{}
		}
		newest[row[0].(string)] = row[1].(string)
	}
	return newest, nil
}

func (m *moments) ask(ctx context.Context, compared, about string, day time.Time) (*table.Result, error) {
	if compared == "" {
		return new(table.Result), nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	query := fmt.Sprintf(about, compared, day.Format(time.DateOnly))
	if r, known := m.known[query]; known {
		return r, nil
	}
	r, err := m.engine.Query(ctx, query)
	m.known[query] = r
	return r, err
}
