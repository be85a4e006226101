package table

// Result is a small table that a query gave: what answers are published from.
type Result struct {
	Columns []ResultColumn
	Rows    [][]any // a string, bool, int64, float64, time.Time (Timestamp, Date), []string, or nil for null
}

// ResultColumn is a column of a Result. Every column of a result can be null.
type ResultColumn struct {
	Name string `json:"name"`
	Type Type   `json:"type"` // String, Bool, Int64, Float64, Timestamp, Date or Strings
}
