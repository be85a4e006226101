package routeviews

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tidemark/internal/fault"
	"tidemark/internal/reconnect"
	"tidemark/internal/suggest"
)

// Bounds of what brokers may send, in bytes, and of what is polled at once. A batch of Kafka is as large as its producer made it, 1 MiB
// unless the broker is told otherwise.
const (
	maxFetch     = 8 << 20
	maxPartition = 1 << 20
	maxResponse  = 32 << 20
	maxInflated  = 16 << 20
	maxFetches   = 4
	maxPolled    = 1000
	// maxPartitions bounds the partitions that are read; RouteViews has about one for each peer.
	maxPartitions = 20000
)

// Client listens to the stream. Its memory is bounded by maxFetches responses.
type Client struct {
	options   Options
	userAgent string
	report    func(error)
	timing    timing
	decoder   *decoder

	mu     sync.Mutex
	counts Counts
}

// Counts say what became of the messages of the bus: Messages = Read + Unwatched + Rejected.
type Counts struct {
	Partitions int       `json:"partitions"` // that are read
	Messages   int64     `json:"messages"`   // that were received
	Read       int64     `json:"read"`       // and delivered with a record
	Unwatched  int64     `json:"unwatched"`  // say nothing of what is watched
	Rejected   int64     `json:"rejected"`   // could not be read
	Missing    int64     `json:"missing"`    // were gone from the brokers before they were read
	Newest     time.Time `json:"newest,omitzero"`
}

// timing is how long things may take.
type timing struct {
	request  time.Duration // until the brokers have listed their topics
	discover time.Duration // between two looks at their topics
	backoff  time.Duration // before the second attempt to connect, doubled before each further one
	most     time.Duration // before any attempt
	settled  time.Duration // after which a session counts as a success
}

var usual = timing{request: 30 * time.Second, discover: time.Minute, backoff: time.Second, most: 5 * time.Minute, settled: time.Minute}

// New returns a client with valid options. The brokers see who asks in userAgent. What goes wrong and does not end Listen is passed to
// report, which may be called at any time by any goroutine.
func New(o Options, userAgent string, report func(error)) (*Client, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	return &Client{options: o, userAgent: userAgent, report: report, timing: usual, decoder: newDecoder(o.Prefixes, o.ASes)}, nil
}

// Counts returns what was counted so far.
func (c *Client) Counts() Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counts
}

func (c *Client) count(change func(*Counts)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.counts)
}

// Listen passes each message to deliver, those of a partition in their order, until the context ends, and connects again whenever that fails.
// It starts from the positions, which it asks for whenever it connects. An error of deliver ends it and is returned; the message is
// sent again to whoever listens from those positions.
func (c *Client) Listen(ctx context.Context, positions func() Positions, deliver func(*Message) error) error {
	session := fault.Guarded(func() error { return c.session(ctx, positions(), deliver) })
	return reconnect.Run(ctx, c.timing.settled, session, func(failures int, err error) time.Duration {
		wait := reconnect.Backoff(c.timing.backoff, c.timing.most, failures)
		c.report(fmt.Errorf("%s: %w; the next attempt is in %s", strings.Join(c.options.Brokers, ", "), err, wait))
		return wait
	})
}

// session is one Kafka client, which reconnects by itself to brokers that it has found.
type session struct {
	*Client
	kafka   *kgo.Client
	from    Positions
	deliver func(*Message) error
	next    map[string]map[int32]int64 // the offset that is expected; of the partitions that are read
	told    map[string]bool            // of collectors that have no topic
	gone    bool                       // it was told that messages are gone

	partitions int // that are read
}

func (c *Client) session(ctx context.Context, from Positions, deliver func(*Message) error) error {
	kafka, err := kgo.NewClient(
		kgo.SeedBrokers(c.options.Brokers...), kgo.ClientID(c.userAgent), kgo.ConsumeResetOffset(kgo.RewindOffset(0)), kgo.DisableClientMetrics(),
		kgo.FetchMaxBytes(maxFetch), kgo.FetchMaxPartitionBytes(maxPartition), kgo.BrokerMaxReadBytes(maxResponse), kgo.MaxDecompressBatchBytes(maxInflated),
		kgo.MaxConcurrentFetches(maxFetches), kgo.RetryTimeout(c.timing.request), kgo.MetadataMinAge(c.timing.backoff),
	)
	if err != nil {
		return err
	}
	defer kafka.Close()
	s := &session{Client: c, kafka: kafka, from: from, deliver: deliver, next: map[string]map[int32]int64{}, told: map[string]bool{}}
	if err := s.discover(ctx); err != nil {
		return err
	}
	for looked := time.Now(); ; {
		if err := s.poll(ctx); err != nil {
			return err
		}
		if time.Since(looked) >= c.timing.discover {
			looked = time.Now()
			if err := s.discover(ctx); err != nil {
				return err
			}
		}
	}
}

// discover begins to read the partitions that are new.
func (s *session) discover(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.timing.request)
	defer cancel()
	request := kmsg.NewPtrMetadataRequest() // of all topics
	response, err := request.RequestWith(ctx, s.kafka)
	if err != nil {
		return fmt.Errorf("the topics are not known: %w", err)
	}
	fresh, has := map[string]map[int32]kgo.Offset{}, map[string]bool{}
	for _, t := range response.Topics {
		if t.Topic == nil {
			continue
		}
		collector, ok := collectorOf(*t.Topic)
		if ok {
			has[collector] = true
		}
		if !ok || len(s.options.Collectors) > 0 && !slices.Contains(s.options.Collectors, collector) {
			continue
		}
		for _, p := range t.Partitions {
			if _, known := s.next[*t.Topic][p.Partition]; known || s.partitions >= maxPartitions {
				continue
			}
			s.partitions++
			s.begin(fresh, *t.Topic, p.Partition)
		}
	}
	s.count(func(c *Counts) { c.Partitions = s.partitions })
	s.kafka.AddConsumePartitions(fresh)
	s.tellMissing(has)
	return nil
}

// begin adds a partition to those that are to be read, and from where.
func (s *session) begin(fresh map[string]map[int32]kgo.Offset, topic string, partition int32) {
	if s.next[topic] == nil {
		s.next[topic], fresh[topic] = map[int32]int64{}, map[int32]kgo.Offset{}
	} else if fresh[topic] == nil {
		fresh[topic] = map[int32]kgo.Offset{}
	}
	const unknown = -1
	s.next[topic][partition] = unknown
	fresh[topic][partition] = kgo.NewOffset().AfterMilli(s.from.Since.UnixMilli())
	if next, ok := s.from.Next[topic][partition]; ok {
		s.next[topic][partition] = next
		fresh[topic][partition] = kgo.NewOffset().At(next)
	}
}

// collectorOf returns the collector of RouteViews whose peer a topic is of: routeviews.COLLECTOR.ASN.bmp_raw.
func collectorOf(topic string) (collector string, ok bool) {
	name, isOurs := strings.CutPrefix(topic, "routeviews.")
	name, isRaw := strings.CutSuffix(name, ".bmp_raw")
	at := strings.LastIndexByte(name, '.')
	if !isOurs || !isRaw || at < 1 {
		return "", false
	}
	return name[:at], true
}

// tellMissing reports once which collectors that are asked for have no topic.
func (s *session) tellMissing(has map[string]bool) {
	wanted := s.options.Collectors
	if len(wanted) == 0 && len(has) == 0 {
		wanted = []string{"COLLECTOR"}
	}
	for _, name := range wanted {
		if has[name] || s.told[name] {
			continue
		}
		s.told[name] = true
		s.report(fmt.Errorf("%s: there is no topic routeviews.%s.ASN.bmp_raw%s", strings.Join(s.options.Brokers, ", "), name, suggest.Near(name, slices.Sorted(maps.Keys(has)))))
	}
}

// poll reads what has come, or waits until the next look at the topics.
func (s *session) poll(ctx context.Context) error {
	waiting, cancel := context.WithTimeout(ctx, s.timing.discover)
	defer cancel()
	fetches := s.kafka.PollRecords(waiting, maxPolled)
	for all := fetches.RecordIter(); !all.Done(); {
		if err := s.consume(all.Next()); err != nil {
			return err
		}
	}
	var failed error
	fetches.EachError(func(topic string, partition int32, err error) {
		if waiting.Err() == nil || !errors.Is(err, waiting.Err()) { // which says that nothing has come
			failed = errors.Join(failed, s.fetchError(topic, partition, err))
		}
	})
	if failed == nil {
		return ctx.Err()
	}
	return failed
}

// fetchError returns why reading a partition cannot go on in this session; nil if it can.
func (s *session) fetchError(topic string, partition int32, err error) error {
	failed := fmt.Errorf("topic %s, partition %d: %w", topic, partition, err)
	var loss *kgo.ErrDataLoss
	var tooLarge *kgo.ErrDecompressTooLarge
	switch {
	case errors.As(err, &loss): // the client has reset its offset
		s.report(failed)
		return nil
	case errors.As(err, &tooLarge): // the next session skips it
		s.count(func(c *Counts) { c.Messages++; c.Rejected++ })
		failed = errors.Join(failed, s.pass(&Message{Topic: topic, Partition: partition, Offset: tooLarge.NextOffset - 1}))
	}
	return failed
}

// consume delivers a message.
func (s *session) consume(record *kgo.Record) error {
	next := s.next[record.Topic]
	if next == nil {
		return nil
	}
	if lost := record.Offset - next[record.Partition]; lost > 0 && next[record.Partition] >= 0 {
		s.count(func(c *Counts) { c.Missing += lost })
		if !s.gone {
			s.report(fmt.Errorf("topic %s, partition %d: %d messages are gone, as nothing was read for longer than the brokers keep them", record.Topic, record.Partition, lost))
		}
		s.gone = true
	}
	next[record.Partition] = record.Offset + 1
	var m Message
	err := fault.Caught(func() (err error) { m, err = s.decoder.read(record.Value, record.Timestamp); return err })
	if err != nil {
		m.Record = nil
	}
	if m.Collector == "" {
		m.Collector, _ = collectorOf(record.Topic)
	}
	m.Topic, m.Partition, m.Offset = record.Topic, record.Partition, record.Offset
	if refused := s.pass(&m); refused != nil {
		return refused
	}
	s.count(func(c *Counts) {
		c.Messages++
		switch {
		case err != nil:
			c.Rejected++
		case m.Record == nil:
			c.Unwatched++
		default:
			c.Read++
			c.Newest = m.Time
		}
	})
	if err != nil {
		s.rejected(record, err)
	}
	return nil
}

func (s *session) pass(m *Message) error {
	if err := s.deliver(m); err != nil {
		return &reconnect.FinalError{Err: err}
	}
	return nil
}

// maxRejectedTold is how many messages that cannot be read are reported each for itself; the others are counted.
const maxRejectedTold = 10

func (s *session) rejected(record *kgo.Record, err error) {
	if n := s.Counts().Rejected; n <= maxRejectedTold {
		s.report(fmt.Errorf("topic %s, partition %d, offset %d: the message cannot be read: %w", record.Topic, record.Partition, record.Offset, err))
	}
}
