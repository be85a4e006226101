package table

// Dictionary describes a dataset for programs.
type Dictionary struct {
	Columns   []DictionaryColumn `json:"columns"`
	Derived   bool               `json:"derived"`
	Name      string             `json:"name"`
	Partition string             `json:"partition"`
	Row       string             `json:"row"`
	Version   int                `json:"version"`
}

// DictionaryColumn describes a column.
type DictionaryColumn struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Nullable bool   `json:"nullable"`
	Unit     string `json:"unit,omitempty"`
	Doc      string `json:"doc"`
	RFCs     []int  `json:"rfcs,omitempty"`
}

// Dictionary returns what the dataset and its columns mean.
func (s *Schema) Dictionary() Dictionary {
	d := Dictionary{Name: s.Name, Version: s.Version, Derived: s.Derived, Row: s.Description(), Partition: s.Partition}
	for _, c := range s.Columns {
		d.Columns = append(d.Columns, DictionaryColumn{c.Name, c.Type.String(), c.Nullable, c.Unit, c.Doc, c.RFCs})
	}
	return d
}
