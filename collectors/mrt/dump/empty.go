package dump

import (
	"errors"
	"fmt"

	"tidemark/collectors/mrt"
)

// ErrNoRecords says that a file holds no record, and no damage either. A compressed file of a quiet interval is such.
var ErrNoRecords = errors.New("no record in the file")

// contents are what was found in a file, as far as it tells an empty one from a whole one.
type contents struct {
	file    string
	records int
	damaged bool
	tables  int // peer tables
	peers   int // in all of them
}

func (c *contents) record(rec *mrt.Record) {
	c.records++
	if rec.IsPeerTable() {
		rib := mrt.NewRIB()
		rib.ReadPeerTable(rec) // whoever decodes the record reports the error
		c.tables++
		c.peers += len(rib.Peers)
	}
}

func (c *contents) batch(b *mrt.Batch) {
	for i := range b.Records {
		c.record(&b.Records[i])
	}
	c.damaged = c.damaged || b.Damage != nil
}

// verdict returns ErrNoRecords, and reports a table dump without peers.
func (c *contents) verdict(report func(error)) error {
	if c.records == 0 && !c.damaged {
		return ErrNoRecords
	}
	if c.tables > 0 && c.peers == 0 {
		report(fmt.Errorf("%s: a table dump without peers: its peer index table is empty, so that it has no route", c.file))
	}
	return nil
}
