package record

import (
	"net/netip"
	"time"
)

// others are the collectors of which a stream tells what they hear.
type others struct {
	stream  string             // its name
	sources map[string]*Source // by collector
	leftOut int64
	told    bool // of a message that is left out
}

// heard is a record of a message that a collector heard.
type heard struct {
	collector string
	peer      netip.Addr
	at        time.Time
	record    []byte
}

// maxSkew is how far the time of a message may be from the clock. Files are named after the time at which they are written, and what is
// derived of them goes by that of their messages.
const maxSkew = time.Hour

// write writes a record. The recorder is locked. An error is one of the disk.
func (o *others) write(r *Recorder, h heard, now time.Time) error {
	if skew := now.Sub(h.at); skew.Abs() > maxSkew {
		o.leaveOut(r, h, "its time is far from this machine's")
		return nil
	}
	source := o.sources[h.collector]
	if source == nil {
		if o.sources == nil {
			o.sources = map[string]*Source{}
		}
		source = r.Source(h.collector)
		o.sources[h.collector] = source
	}
	err := r.write(source, h.record, now)
	if r.failed != nil {
		return r.failed
	}
	if err != nil {
		o.leaveOut(r, h, err.Error())
	}
	return nil
}

func (o *others) leaveOut(r *Recorder, h heard, why string) {
	o.leftOut++
	if !o.told {
		r.log.Warn("messages of "+o.stream+" are left out, of which this is the first", "collector", h.collector, "peer", h.peer, "time", h.at, "because", why)
	}
	o.told = true
}
