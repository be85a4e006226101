package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// VantageCheck is one test of what a connection can do.
type VantageCheck struct {
	RunID   string    `col:"run_id,place" doc:"the run, named by its source and start"`
	RunTime time.Time `col:"run_time" doc:"start of the run, UTC"`
	Vantage string    `col:"vantage,place" doc:"the connection: the name of the source that ran the checks"`
	Test    string    `col:"test" doc:"what was tested; the dataset’s page lists the tests"`
	Family  uint32    `col:"family" doc:"4 or 6; 0 if it does not apply"`
	Target  string    `col:"target" doc:"control host, resolver or prefix; own addresses are truncated to /24 and /48"`
	Result  string    `col:"result" doc:"ok, absent (looked for and not found), black-hole, withdrawn (a prefix advertised with lifetime 0), refused, timeout, unreachable, error, or untested (nothing was configured to test with)" rfc:"8305"`
	Value   *float64  `col:"value" doc:"the measured value, in the unit of the column unit; null: nothing was measured"`
	Unit    string    `col:"unit" doc:"ms, bytes, bits, points or empty"`
	RFC     string    `col:"rfc" doc:"the document that defines what was tested, for example RFC 6052"`
	Class   string    `col:"class" doc:"of an address, its scope; of a translation prefix, well-known, local-use or network-specific; empty otherwise" rfc:"6052,8215,4291"`
	Detail  string    `col:"detail" doc:"what was found, in words"`
}

// VantageChecks has one row for each check of each run.
var VantageChecks = table.New[VantageCheck](table.Doc{
	Name: "vantage_checks", Version: 1, Partition: "a run of the checks",
	Row: "A check of what a connection can do: its addresses and routes, its resolver, connections and large exchanges over both families, DNS64 and NAT64.",
})
