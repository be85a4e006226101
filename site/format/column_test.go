package format

import (
	"strings"
	"testing"
	"time"

	"tidemark/datasets/table"
)

func TestColumn(t *testing.T) {
	day := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		of     table.Type
		as     Meaning
		values []any
		want   string
	}{
		{table.Int64, Amount, []any{int64(1234567), int64(-1234567), int64(999), nil}, "1,234,567 -1,234,567 999 "},
		{table.Int64, Name, []any{int64(1234567), int64(7)}, "1234567 7"},
		{table.Int64, Amount, []any{int64(999), int64(1000)}, "999 1,000"},
		{table.Int64, Name, []any{int64(1999), int64(2026)}, "1999 2026"},
		{table.Float64, Amount, []any{0.5738211, 0.51, 3.0}, "0.573821 0.510000 3.00000"},
		{table.Float64, Amount, []any{0.5, 0.25}, "0.50 0.25"},
		{table.Float64, Amount, []any{3.0, 20000.0}, "3 20,000"},
		{table.Float64, Amount, []any{1234567.891, 0.25, 1e300, 2e-9, 0.0}, "1,234,567.9 0.25 1e+300 2e-09 0.00"},
		{table.Float64, Share, []any{0.68595041, 0.0, 1.0, 0.0002, 0.9996, nil}, "68.6 0 100 0.020 99.96 "},
		{table.Timestamp, Amount, []any{day, day.Add(time.Second)}, "2026-01-02 00:00 2026-01-02 00:00:01"},
		{table.Date, Amount, []any{day}, "2026-01-02"},
		{table.Strings, Amount, []any{[]string{"a", "b"}}, "a b"},
	} {
		r := &table.Result{Columns: []table.ResultColumn{{Name: "c", Type: test.of}}}
		for _, v := range test.values {
			r.Rows = append(r.Rows, []any{v})
		}
		c := NewColumn(r, 0, test.as)
		var got []string
		for _, v := range test.values {
			got = append(got, c.Show(v))
		}
		if s := strings.Join(got, " "); s != test.want {
			t.Errorf("%v as %v: %q, want %q", test.values, test.of, s, test.want)
		}
	}
}
