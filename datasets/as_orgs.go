package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// ASOrg is an AS with the organisation that CAIDA infers to operate it.
type ASOrg struct {
	FileDate time.Time  `col:"file_date,date" doc:"day of the WHOIS dumps that the file is inferred from, as given by its name or its source"`
	ASN      uint32     `col:"asn" doc:"AS number" rfc:"6793"`
	OrgID    string     `col:"org_id" doc:"identifier of the organisation in the file; ASes of one organisation share it"`
	OrgName  string     `col:"org_name" doc:"name of the organisation; empty: the file has no entry of it, or no name"`
	Country  string     `col:"country" doc:"ISO 3166 code of the organisation's country, given by WHOIS or inferred from its address; empty: unknown"`
	Source   string     `col:"source" doc:"registry whose database has the AS, for example ARIN or JPNIC"`
	Changed  *time.Time `col:"changed,date" doc:"day on which the registry last changed its entry of the AS; null: the file does not say"`
}

// ASOrgs has one row for each AS of each file.
var ASOrgs = table.New[ASOrg](table.Doc{
	Name: "as_orgs", Version: 1, Partition: "an as2org file",
	Row: "The organisation of an AS on a day, as CAIDA infers it from WHOIS.",
	ValidFor: []table.Validity{
		{Days: 200, Why: "CAIDA publishes a file every month to three months, and organisations buy and sell ASes in between"},
	},
})
