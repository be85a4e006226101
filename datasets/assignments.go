package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// Assignment is an entry of one of IANA's registries of code points.
type Assignment struct {
	RegistryDate time.Time `col:"registry_date,date" doc:"day of the registry"`
	Registry     string    `col:"registry" doc:"registry, by the name of its file at IANA, for example bgp-parameters" rfc:"8126"`
	List         string    `col:"list" doc:"list of the registry, by IANA's identifier, for example bgp-parameters-2"`
	Title        string    `col:"title" doc:"title of the list; empty in the CSV form, which has none"`
	Value        string    `col:"value" doc:"code point or range of code points as the registry writes it"`
	Name         string    `col:"name" doc:"what the value means: the first other field of the entry; empty: the entry has none"`
	Description  string    `col:"description" doc:"further fields, each with its name, in the registry's order; empty: none"`
	State        string    `col:"state" doc:"assigned, deprecated, reserved or unassigned, by the words of the name" rfc:"8126"`
	Registered   string    `col:"registered" doc:"date of the registration as the registry gives it: YYYY-MM or YYYY-MM-DD; empty: not stated"`
	Reference    string    `col:"reference" doc:"documents and persons that the entry refers to, for example [RFC8092]; empty: none"`
	RFCs         []uint32  `col:"rfcs" doc:"numbers of the RFCs among them"`
}

// Assignments has one row for each entry of each registry file.
var Assignments = table.New[Assignment](table.Doc{
	Name: "assignments", Version: 1, Partition: "a registry file",
	Row: "An entry of one of IANA's registries of code points, on the day of the registry.",
})

// AssignmentEvent is something that happened to an entry of a registry between two successive snapshots.
type AssignmentEvent struct {
	After     time.Time  `col:"after,date" doc:"last day on which it is known not to have happened yet; of an entry of the first snapshot, the date of its registration"`
	Until     time.Time  `col:"until,date" doc:"day of the first snapshot that has it"`
	Date      *time.Time `col:"date,date" doc:"date of the registration that the entry itself states (the first of the month, if only the month is known); null otherwise, and for anything but added"`
	Registry  string     `col:"registry" doc:"registry, by the name of its file at IANA"`
	List      string     `col:"list" doc:"list of the registry, by IANA's identifier"`
	Title     string     `col:"title" doc:"title of the list in the later snapshot; empty in the CSV form"`
	Value     string     `col:"value" doc:"code point or range of code points"`
	Name      string     `col:"name" doc:"what the value means, in the later snapshot that has the entry"`
	Event     string     `col:"event" doc:"added, changed or removed. Unassigned ranges are left out: they shrink when something is added. Of the first snapshot only entries that state the date of their registration are added"`
	Field     string     `col:"field" doc:"what changed: name, description or reference; empty unless event is changed"`
	Before    string     `col:"before" doc:"value of the field before; empty unless event is changed"`
	Now       string     `col:"now" doc:"value of the field after; empty unless event is changed"`
	Reference string     `col:"reference" doc:"documents and persons that the entry refers to, in the later snapshot that has it"`
	RFCs      []uint32   `col:"rfcs" doc:"numbers of the RFCs among them; of a changed reference, those before as well"`
}

// AssignmentEvents has one row for each change of an entry between two successive snapshots of a registry.
var AssignmentEvents = table.New[AssignmentEvent](table.Doc{
	Name: "assignment_events", Version: 1, Derived: true, Joined: true, Partition: "a pair of successive snapshots of a registry",
	Row: "What happened to an entry of one of IANA's registries between two snapshots, with the interval in which it happened.",
})
