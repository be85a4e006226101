package analysis

import (
	"fmt"
	"testing"
	"time"

	"tidemark/datasets/table"
)

func TestPastOf(t *testing.T) {
	at := func(year int) time.Time { return time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC) }
	columns := func(x string, of table.Type) []table.ResultColumn {
		return []table.ResultColumn{{Name: x, Type: of}, {Name: "by"}, {Name: "n", Type: table.Int64}}
	}
	newest := `{{with newest "x" .}}{{num .n}}{{end}}`
	total := `{{num (sum "n" .)}}`
	for name, test := range map[string]struct {
		result *table.Result
		value  string
		want   string
	}{
		"another series is no earlier state": {&table.Result{Columns: columns("x", table.Date), Rows: [][]any{{at(2020), "b", int64(9000)}, {at(2021), "a", int64(1000)}, {at(2022), "a", int64(2000)}}},
			newest, "[{2021-06-01 1,000} {2022-06-01 2,000}]"},
		"years add up": {&table.Result{Columns: columns("x", table.Int64), Rows: [][]any{{int64(2020), "a", int64(3)}, {int64(2021), "b", int64(4)}, {nil, "b", int64(0)}}},
			total, "[{2020 3} {2021 7}]"},
		"hours as texts": {&table.Result{Columns: columns("x", table.String), Rows: [][]any{{"2020-06-01 00:00 IPv4", "a", int64(3)}, {"2021-06-01 08:00 IPv4", "b", int64(4)}}},
			`{{$last := last .}}{{num (sum "n" (where "x" $last.x .))}}`, "[{2020-06-01 3} {2021-06-01 4}]"},
		"no time":            {&table.Result{Columns: columns("x", table.String), Rows: [][]any{{"/24", "a", int64(3)}}}, total, "[]"},
		"a row without time": {&table.Result{Columns: columns("x", table.Int64), Rows: [][]any{{int64(2020), "a", int64(3)}, {nil, "a", int64(4)}, {int64(2021), "a", int64(1)}}}, total, "[{2020 7} {2021 8}]"},
	} {
		past, err := pastOf(&Question{Chart: &Chart{X: "x", Series: "by"}}, Figure{Value: test.value}, test.result)
		if got := fmt.Sprint(past); err != nil || got != test.want {
			t.Errorf("%s: %s, %v, want %s", name, got, err, test.want)
		}
	}
	if _, err := pastOf(&Question{Chart: &Chart{X: "missing"}}, Figure{}, &table.Result{}); err == nil {
		t.Error("a chart over a missing column is accepted")
	}
}
