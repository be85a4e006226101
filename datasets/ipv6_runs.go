package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// IPv6Run is a probe run: from where, of which list, and what it took.
type IPv6Run struct {
	RunID      string    `col:"run_id,label,place" doc:"the run, named by its vantage and start"`
	StartedAt  time.Time `col:"started_at" doc:"start of the run, UTC"`
	EndedAt    time.Time `col:"ended_at" doc:"time at which its last test ended, UTC"`
	Vantage    string    `col:"vantage,place" doc:"place that probed: the name of the source or, of a run of another installation, the name under which it was imported, or its name there, @, and that of the installation"`
	VantageASN uint32    `col:"vantage_asn" doc:"AS in which the probe ran, as configured; 0: not configured"`
	Resolver   string    `col:"resolver" doc:"recursive resolver that was queried"`
	Agent      string    `col:"user_agent" doc:"how servers were told who asks"`
	SMTP       bool      `col:"smtp" doc:"port 25 of mail exchangers was tried"`
	BaselineOK bool      `col:"baseline_ok" doc:"the control hosts were reachable over IPv6 when the run began"`
	Stopped    string    `col:"stopped" doc:"why the run ended before the list did; empty: it did not, or the transcript is cut off"`

	ListID      string     `col:"list_id" doc:"list that was probed"`
	ListDate    *time.Time `col:"list_date,date" doc:"day of the list; null: unknown"`
	ListSHA256  string     `col:"list_sha256" doc:"SHA-256 of the list"`
	ListDomains uint32     `col:"list_domains" doc:"domains in the list"`
	Title       string     `col:"list_title" doc:"title of the list, as configured; empty: none"`
	Owner       string     `col:"list_owner" doc:"who made the list, as configured; empty: not configured"`
	URL         string     `col:"list_url" doc:"where the list is published, as configured; empty: not configured"`
	Country     string     `col:"country" doc:"ISO 3166-1 code of the country that the list is about, as configured; empty: none"`
	Sector      string     `col:"sector" doc:"sector that the list is about, for example government, as configured; empty: none"`

	Domains     uint32 `col:"domains" doc:"domains that were probed, without those that were skipped"`
	Skipped     uint32 `col:"skipped" doc:"domains that were left alone: they opted out, or the run was stopped"`
	Lookups     int64  `col:"lookups" doc:"lookups through the resolver"`
	Queries     int64  `col:"name_server_queries" doc:"queries to name servers of domains, without those of shared zones that were asked once a run"`
	Connections int64  `col:"connections" doc:"connections to web servers and mail exchangers"`
	Attempts    int64  `col:"attempts" doc:"attempts of all these tests together"`
	Bytes       int64  `col:"bytes" unit:"bytes" doc:"DNS messages and bodies of pages that were received, without headers and handshakes"`
}

// IPv6Runs has one row for each probe run.
var IPv6Runs = table.New[IPv6Run](table.Doc{
	Name: "ipv6_runs", Version: 1, Partition: "a probe run",
	Row: "A probe run: its place, the list with its title and owner, and how many tests and bytes it took.",
})
