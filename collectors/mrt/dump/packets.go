package dump

import (
	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
)

// packets is how many records bgpdump has counted: not peer tables, and no message of a type that it does not know, such
// as ROUTE-REFRESH.
type packets int

// index returns the number of the record that was counted last.
func (p packets) index() int { return int(p) - 1 }

func (p *packets) count(rec *mrt.Record) {
	switch {
	case rec.IsPeerTable():
		return
	case rec.Type == mrt.BGP4MP || rec.Type == mrt.BGP4MPET:
		if m, err := rec.ParseMessage(); err == nil && !m.StateChange && (m.Kind < bgp.MessageOpen || m.Kind > bgp.MessageKeepalive) {
			return
		}
	}
	*p++
}

func (p *packets) countAll(records []mrt.Record) {
	for i := range records {
		p.count(&records[i])
	}
}
