package record

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"time"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
	"tidemark/internal/atomicfile"
)

// Status is what a recorder does, as its state file says.
type Status struct {
	At        time.Time    `json:"at"`
	Since     time.Time    `json:"since"`
	Stopped   bool         `json:"stopped"`          // it came to its end at At
	Paused    string       `json:"paused,omitempty"` // why nothing is recorded until there is room on the disk
	Collector string       `json:"collector"`
	Peers     []PeerStatus `json:"peers"`
	Waiting   []string     `json:"waiting,omitempty"` // files that are finished and not yet in the archive
	Refused   int          `json:"refused"`           // connections of others, or of peers that are connected already

	RISLive    *LiveStatus       `json:"ris_live,omitempty"`
	RouteViews *RouteViewsStatus `json:"routeviews,omitempty"`
}

// PeerStatus is what is known of a session.
type PeerStatus struct {
	Address   netip.Addr `json:"address"`
	ASN       uint32     `json:"asn"`
	Local     netip.Addr `json:"local"`  // the other end of the session
	Source    string     `json:"source"` // bgp, or bmp and the router
	Up        bool       `json:"up"`
	Changed   *time.Time `json:"changed,omitempty"` // when the session came up, or went down
	Last      *time.Time `json:"last,omitempty"`    // when the last message was received
	Messages  int64      `json:"messages"`
	Updates   int64      `json:"updates"`
	Malformed int64      `json:"malformed"`        // messages that are recorded, and cannot be decoded as a whole
	Memory    int        `json:"memory,omitempty"` // that its routes took when that was last looked at, in bytes

	state uint16
}

// note notes a message or a change of state.
func (p *PeerStatus) note(m *mrt.Message, at time.Time) {
	p.Local = m.Collector.Address
	if m.StateChange {
		p.state = m.NewState
		if up := p.state == established; up != p.Up {
			p.Up, p.Changed = up, &at
		}
		return
	}
	if m.Local {
		return
	}
	p.Messages++
	p.Last = &at
	if m.Kind == bgp.MessageUpdate {
		p.Updates++
		if !p.Up { // a source that tells of no states
			p.state, p.Up, p.Changed = established, true, &at
		}
	}
}

func comparePeers(a, b mrt.Peer) int {
	return cmp.Or(a.Address.Compare(b.Address), cmp.Compare(a.ASN, b.ASN))
}

// Status returns what the recorder does.
func (r *Recorder) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Status{At: r.clock().UTC(), Since: r.began.UTC(), Stopped: r.stopped, Collector: r.note.Collector, Refused: r.refused, Peers: []PeerStatus{}}
	if errors.Is(r.failed, errPaused) {
		s.Paused = r.failed.Error()
	}
	switch { // whose peers are those of others
	case r.live != nil:
		s.RISLive = r.live.status()
		return s
	case r.routeViews != nil:
		s.RouteViews = r.routeViews.status()
		return s
	}
	for _, p := range r.peers {
		s.Peers = append(s.Peers, p.PeerStatus)
	}
	slices.SortFunc(s.Peers, func(a, b PeerStatus) int {
		return comparePeers(mrt.Peer{Address: a.Address, ASN: a.ASN}, mrt.Peer{Address: b.Address, ASN: b.ASN})
	})
	return s
}

// Silent is the age from which on a Status is one of a recorder that is not at work.
const Silent = time.Minute

// maxStatusAge is how old the state file gets while no session comes up or goes down.
const maxStatusAge = 10 * time.Second

func (r *Recorder) saveStatusIfDue() error {
	r.mu.Lock()
	due := r.changed || r.clock().Sub(r.saved).Abs() >= maxStatusAge
	if due {
		r.changed, r.saved = false, r.clock()
	}
	r.mu.Unlock()
	if !due {
		return nil
	}
	return r.saveStatus()
}

// saveStatus writes the state file.
func (r *Recorder) saveStatus() error {
	s := r.Status()
	waiting, err := r.finished()
	if err != nil {
		return err
	}
	s.Waiting = waiting
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.WriteUnsynced(r.state, append(b, '\n'))
}

// ReadStatus returns what a state file says; nil if there is none.
func ReadStatus(file string) (*Status, error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var s Status
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, fmt.Errorf("%s: %w; it only says what was recorded: remove it", file, err)
	}
	return &s, nil
}
