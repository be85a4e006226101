package record

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"tidemark/collectors/archive"
	"tidemark/collectors/routeviews"
	"tidemark/internal/atomicfile"
)

// routeViewsCollector is the collector of what RouteViews' live stream sends, for the reasons for which RIS Live has one.
const routeViewsCollector = "routeviews-live"

// routeViews is what a recorder reads of RouteViews' live stream.
type routeViews struct {
	recorder  *Recorder
	client    *routeviews.Client
	others    others
	positions routeviews.Positions
	passed    bool       // messages since the last checkpoint was made
	saved     checkpoint // on the disk; its positions are those of the beginning
}

// RouteViewsStatus is what became of the messages of RouteViews' stream.
type RouteViewsStatus struct {
	routeviews.Counts
	LeftOut int64 `json:"left_out"` // of those that were read: of a peer that another collector told about first, or of another time
}

// OpenRouteViews returns a recorder of what RouteViews' live stream sends, in files of the collector routeviews-live. It goes on with what
// another one left, from the message on that is not in it.
func OpenRouteViews(s *Settings, o Options) (*Recorder, error) {
	r := open(s, o, archive.Raw{Kind: kind, Collector: routeViewsCollector, URL: "kafka://" + s.RouteViews.Brokers[0]})
	v := &routeViews{recorder: r, others: others{stream: "RouteViews"}}
	r.routeViews, r.listen = v, v.listen
	if err := v.load(); err != nil {
		return nil, err
	}
	if err := r.begin(); err != nil {
		return nil, err
	}
	var err error
	v.client, err = routeviews.New(*s.RouteViews, o.UserAgent, func(err error) { r.log.Warn("RouteViews", "error", err) })
	if err != nil {
		return nil, err
	}
	return r, nil
}

// listen begins to listen.
func (v *routeViews) listen(ctx context.Context, work *sync.WaitGroup) error {
	work.Go(func() {
		v.recorder.guard("RouteViews", func() error { return v.client.Listen(ctx, v.from, v.record) })
	})
	return nil
}

// from returns where reading goes on.
func (v *routeViews) from() routeviews.Positions {
	v.recorder.mu.Lock()
	defer v.recorder.mu.Unlock()
	p := routeviews.Positions{Since: v.positions.Since, Next: map[string]map[int32]int64{}}
	for topic, next := range v.positions.Next {
		p.Next[topic] = maps.Clone(next)
	}
	return p
}

// record records a message with the time at which RouteViews received it. An error is one of the disk; then the message is not passed.
func (v *routeViews) record(m *routeviews.Message) error {
	r := v.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed != nil {
		return r.failed
	}
	now := r.clock()
	if m.Record != nil {
		if err := r.turn(now); err != nil { // before the message is passed, as the checkpoint of the new file is about what is in the old one
			return r.fail(err)
		}
	}
	v.positions.Pass(m)
	v.passed = true
	if m.Record == nil {
		return nil
	}
	return v.others.write(r, heard{m.Collector, m.Peer, m.Time, m.Record}, now)
}

// status returns what became of the messages. The recorder is locked.
func (v *routeViews) status() *RouteViewsStatus {
	return &RouteViewsStatus{v.client.Counts(), v.others.leftOut}
}

// checkpoint says which messages are in the files: all before the positions, of which the file that is being written has its part within
// the size. What is behind that was written later; the next recorder cuts it off and reads those messages again. So each message is in the
// files once, whenever a recorder is killed, because a file that is named here is not archived, nothing is written into one that is not,
// and a checkpoint is saved only after the file is synced.
type checkpoint struct {
	Part string `json:"part"` // empty: none is being written
	Size int64  `json:"size"` // in bytes
	routeviews.Positions
}

// checkpointFile is beside the files that it describes.
const checkpointFile = "checkpoint.json"

// load reads the checkpoint of another recorder.
func (v *routeViews) load() error {
	path := filepath.Join(v.recorder.dir, checkpointFile)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		v.positions.Since = v.recorder.clock().UTC()
		return nil
	}
	if err == nil {
		err = json.Unmarshal(b, &v.saved)
	}
	if err != nil {
		return fmt.Errorf("%s: %w; without this file, RouteViews is recorded from now on", path, err)
	}
	v.positions = v.saved.Positions
	return nil
}

// encodedCheckpoint is a checkpoint as it was at some time.
type encodedCheckpoint struct {
	part string
	size int64
	text []byte
}

// nextCheckpoint returns the checkpoint of what is in a part that is flushed, or without one; nil if the saved one still holds. The recorder
// is locked.
func (r *Recorder) nextCheckpoint(p *part) (*encodedCheckpoint, error) {
	v := r.routeViews
	if v == nil {
		return nil, nil
	}
	c := checkpoint{Positions: v.positions}
	if p != nil {
		stat, err := p.file.Stat()
		if err != nil {
			return nil, err
		}
		c.Part, c.Size = p.name, stat.Size()
	}
	if !v.passed && v.saved.Part == c.Part && v.saved.Size == c.Size {
		return nil, nil
	}
	text, err := json.Marshal(c)
	v.passed = false
	return &encodedCheckpoint{c.Part, c.Size, text}, err
}

// saveCheckpoint saves the checkpoint of what is in a part that is synced, or without one. The recorder is locked.
func (r *Recorder) saveCheckpoint(p *part) error {
	c, err := r.nextCheckpoint(p)
	if err != nil || c == nil {
		return err
	}
	return r.routeViews.save(c)
}

func (v *routeViews) save(c *encodedCheckpoint) error {
	if err := atomicfile.Write(filepath.Join(v.recorder.dir, checkpointFile), c.text); err != nil {
		return err
	}
	v.saved.Part, v.saved.Size = c.part, c.size
	return nil
}

// cutUnsaved cuts off what was written into a file after the checkpoint.
func (r *Recorder) cutUnsaved(path string) error {
	if !r.isUnsaved(filepath.Base(path)) {
		return nil
	}
	stat, err := os.Stat(path)
	if err != nil || stat.Size() <= r.routeViews.saved.Size {
		return err
	}
	return os.Truncate(path, r.routeViews.saved.Size)
}

// isUnsaved reports whether a file may have messages behind those of the checkpoint.
func (r *Recorder) isUnsaved(name string) bool {
	return r.routeViews != nil && r.routeViews.saved.Part == name
}
