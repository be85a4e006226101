package analysis

// Subject is a group of questions about one thing, which the site shows together.
type Subject struct {
	Name    string
	Section string // of its questions
}

// Subjects returns the subjects in the order of the site. Each question names one of them.
func Subjects() []Subject {
	return []Subject{
		{"Table growth", "Routing"},
		{"Prefixes", "Routing"},
		{"Address space", "Routing"},
		{"Deaggregation", "Routing"},
		{"Origins and MOAS", "Routing"},
		{"IPv6 in the table", "Routing"},
		{"Changes and events", "Routing"},
		{"Updates", "Routing"},
		{"Bogons", "Routing"},
		{"Relations", "Routing"},
		{"Attributes", "Routing"},
		{"Countries and registries", "Routing"},
		{"Delegations", "Routing"},
		{"Route origin validation", "RPKI"},
		{"ASPA", "RPKI"},
		{"Route registries", "RPKI"},
		{"Readiness", "IPv6"},
		{"Where it fails", "IPv6"},
		{"Name and mail servers", "IPv6"},
		{"The web over IPv6", "IPv6"},
		{"Hosting and routes", "IPv6"},
		{"Vantages", "IPv6"},
		{"Users", "IPv6"},
		{"Surveys of sites", "IPv6"},
		{"The series", "Standards"},
		{"Authors", "Standards"},
		{"The way to an RFC", "Standards"},
		{"Status and age", "Standards"},
		{"Errata", "Standards"},
		{"Changes", "Standards"},
		{"Citations", "Standards"},
		{"IANA", "Standards"},
		{"In the wild", "Standards"},
		{"Translation in use", "Standards"},
	}
}
