package analysis

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"tidemark/internal/testkit/fuzz"
)

// FuzzAnswer: what lies where an answer was is read, with the alerts that it gives rise to, or is an error.
func FuzzAnswer(t *testing.F) {
	f := fuzz.With(t)
	for _, seed := range []string{
		"", "null", "{}", `{"columns":[],"rows":[[]]}`, `{"columns":[{"name":"a","type":"int64"}],"rows":[[1e400]]}`, `{"columns":null,"rows":[null,[1]],"figures":[null],"from":[null],"standing":[{}]}`,
		`{"columns":[{"name":"time","type":"timestamp"},{"name":"x","type":"list"}],"rows":[["2026-11-28T00:00:00Z",[1,"a"]],[null,null]]}`,
		`{"columns":[{"name":"document"},{"name":"seen","type":"date"}],"rows":[["rfc6052","2026-11-28T00:00:00Z"],[7,"x"]]}`,
	} {
		f.Add([]byte(seed))
	}
	for _, rows := range []string{"", "[1]", "[1],\n[2]", "[1,2]", `["x"]`, "["} {
		head := fmt.Sprintf(`{"question":"","columns":[{"name":"a","type":"int64"}],"rows_sha256":%q`, sumOf([]byte(rows)))
		f.Add(slices.Concat([]byte(head), rowsBegin, []byte(rows), rowsEnd))
	}
	var alerting []*Question
	for _, q := range Questions() {
		if q.Alerts != nil {
			alerting = append(alerting, q)
		}
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, q := range alerting {
			if err := os.WriteFile(answerPath(dir, q), b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		answers, err := Load(dir, alerting)
		if (err == nil) != (len(answers) == len(alerting)) {
			t.Errorf("%d answers, %v", len(answers), err)
		}
		Alerts(dir, alerting)
	})
}
