package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// Transfer is a range of numbers that went from one holder to another, as a registry's transfer log has it.
type Transfer struct {
	FileDate         time.Time  `col:"file_date,date" doc:"day on which the log was made, otherwise the day given for the file"`
	Registry         string     `col:"registry,label" doc:"registry whose log it is: afrinic, apnic, arin, lacnic or ripencc"`
	Number           int64      `col:"number" doc:"place of the transfer in the log, from 1; the ranges of one transfer share it"`
	Transferred      *time.Time `col:"transferred" doc:"time of the transfer, UTC; null if the log has none"`
	TransferType     string     `col:"transfer_type" doc:"RESOURCE_TRANSFER, MERGER_ACQUISITION or another word of the log; empty if it has none"`
	Resource         string     `col:"resource" doc:"asn, ipv4 or ipv6"`
	Start            string     `col:"start" doc:"first address or AS number of the range"`
	End              string     `col:"end" doc:"last address or AS number of the range"`
	Size             float64    `col:"size" unit:"addresses (IPv4), /64s (IPv6), AS numbers" doc:"how much the range holds; of an IPv6 range within a /64, 0"`
	From             string     `col:"source_organization" doc:"holder before the transfer, as the log names it"`
	FromCountry      string     `col:"source_country" doc:"country code of that holder; empty if the log has none"`
	FromRegistry     string     `col:"source_rir" doc:"registry that had the range before; empty if the log has none"`
	FromRegistration *time.Time `col:"source_registration,date" doc:"day on which that holder was registered for it; null if the log has none"`
	To               string     `col:"recipient_organization" doc:"holder after the transfer, as the log names it"`
	ToCountry        string     `col:"recipient_country" doc:"country code of that holder; empty if the log has none"`
	ToRegistry       string     `col:"recipient_rir" doc:"registry that has the range after it; empty if the log has none"`
}

// Transfers has one row for each range of each transfer of each log.
var Transfers = table.New[Transfer](table.Doc{
	Name: "transfers", Version: 1, Partition: "a transfer log",
	Row: "A range of addresses or AS numbers that a holder transferred to another; between registries, both logs have it.",
})
