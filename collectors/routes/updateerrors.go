package routes

import (
	"tidemark/collectors/bgp"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// maxErrors bounds the errors that are counted at a time. A file with more has several rows of some.
const maxErrors = 1 << 14

// updateErrors counts what is wrong with the UPDATE messages of a file, in the order in which it is met.
type updateErrors struct {
	out  *table.Writer[datasets.UpdateError]
	rows []datasets.UpdateError
	at   map[errorKind]int // in rows
}

// errorKind tells errors apart.
type errorKind struct {
	address         string
	asn             uint32
	attribute       string
	fault, handling string
}

func newUpdateErrors(into *table.Commit, key table.Key) (*updateErrors, error) {
	out, err := datasets.UpdateErrors.Create(into, key)
	if err != nil {
		return nil, err
	}
	out.Unit = "kind of error"
	return &updateErrors{out: out, at: map[errorKind]int{}}, nil
}

// add counts an error in the message that row begins.
func (e *updateErrors) add(row *datasets.Update, attribute string, fault bgp.Fault, handling bgp.Handling) error {
	kind := errorKind{row.PeerAddress, row.PeerASN, attribute, fault.String(), handling.String()}
	if i, ok := e.at[kind]; ok {
		e.rows[i].Messages++
		return nil
	}
	if len(e.rows) == maxErrors {
		if err := e.flush(); err != nil {
			return err
		}
	}
	e.at[kind] = len(e.rows)
	e.rows = append(e.rows, datasets.UpdateError{
		Collector: row.Collector, Time: row.Time, PeerAddress: row.PeerAddress, PeerASN: row.PeerASN,
		Attribute: attribute, Fault: kind.fault, Handling: kind.handling, Messages: 1,
	})
	return nil
}

// flush writes the rows.
func (e *updateErrors) flush() error {
	e.out.See(len(e.rows))
	e.out.Keep(len(e.rows))
	err := e.out.Append(e.rows...)
	e.rows = e.rows[:0]
	clear(e.at)
	return err
}
