package record

import (
	"context"
	"sync"

	"tidemark/collectors/archive"
	"tidemark/collectors/rislive"
)

// liveCollector is the collector of what RIS Live sends. It has one of its own, without table dumps: of its peers only the routes that
// are watched are known, and those only from the time on at which they change.
const liveCollector = "ris-live"

// live is what a recorder hears of RIS Live.
type live struct {
	recorder *Recorder
	client   *rislive.Client
	others   others
}

// LiveStatus is what became of the messages of RIS Live.
type LiveStatus struct {
	rislive.Counts
	LeftOut int64 `json:"left_out"` // of those that were read: of a peer that another collector of RIS told about first, or of another time
}

// OpenRISLive returns a recorder of what RIS Live sends, in files of the collector ris-live. It goes on with what another one left.
func OpenRISLive(s *Settings, o Options) (*Recorder, error) {
	r := open(s, o, archive.Raw{Kind: kind, Collector: liveCollector, URL: s.RISLive.URL})
	if err := r.begin(); err != nil {
		return nil, err
	}
	l := &live{recorder: r, others: others{stream: "RIS Live"}}
	var err error
	l.client, err = rislive.New(*s.RISLive, o.UserAgent, func(err error) { r.log.Warn("RIS Live", "error", err) })
	if err != nil {
		return nil, err
	}
	r.live, r.listen = l, l.listen
	return r, nil
}

// listen begins to listen. A message on which the program panics costs the connection.
func (l *live) listen(ctx context.Context, work *sync.WaitGroup) error {
	work.Go(func() {
		for ctx.Err() == nil {
			l.recorder.guard("RIS Live", func() error { return l.client.Listen(ctx, l.record) })
			sleep(ctx, acceptPause)
		}
	})
	return nil
}

// record records a message with the time at which a collector of RIS received it. An error is one of the disk.
func (l *live) record(m rislive.Message) error {
	r := l.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	r.buf = m.AppendMRT(r.buf[:0])
	return l.others.write(r, heard{m.Host, m.PeerAddress, m.Time, r.buf}, r.clock())
}

// status returns what became of the messages. The recorder is locked.
func (l *live) status() *LiveStatus { return &LiveStatus{l.client.Counts(), l.others.leftOut} }
