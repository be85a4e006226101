package routeviews

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tidemark/collectors/bgp"
	"tidemark/internal/reconnect"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/kafka"
)

// withdrawal returns a message of the bus that withdraws the address of that number in 203.0.113.0/24.
func withdrawal(collector string, n int) []byte {
	update := bgp.AppendMessage(nil, bgp.MessageUpdate, []byte{0, 5, 32, 203, 0, 113, byte(n), 0, 0})
	return kafka.Envelope(collector, time.Now(), kafka.Message(0, peer, 64501, kafka.PostPolicy, update))
}

// reports are what a client reports.
type reports struct {
	mu  sync.Mutex
	all []string
}

func (r *reports) add(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, err.Error())
}

func (r *reports) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.all, "\n")
}

// reader reads with a client of a test, from where an earlier one stopped.
type reader struct {
	t         *testing.T
	options   Options
	said      reports
	mu        sync.Mutex
	positions Positions
	got       []string // collector and last octet of what was delivered with a record
	client    *Client
}

var quick = timing{request: 5 * time.Second, discover: 200 * time.Millisecond, backoff: 100 * time.Millisecond, most: time.Second, settled: time.Minute}

// listen listens until the returned function is called.
func (r *reader) listen() (stop func()) {
	r.t.Helper()
	var err error
	if r.client, err = New(r.options, "tidemark-test", r.said.add); err != nil {
		r.t.Fatal(err)
	}
	r.client.timing = quick
	ctx, cancel := context.WithCancel(r.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.client.Listen(ctx, r.from, r.take) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			r.t.Error(err)
		}
	}
}

func (r *reader) from() Positions {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := Positions{Since: r.positions.Since}
	for topic, next := range r.positions.Next {
		for partition, offset := range next {
			p.Pass(&Message{Topic: topic, Partition: partition, Offset: offset - 1})
		}
	}
	return p
}

func (r *reader) take(m *Message) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.positions.Pass(m)
	if m.Record != nil {
		r.got = append(r.got, fmt.Sprintf("%s %d", m.Collector, m.Record[len(m.Record)-3]))
	}
	return nil
}

// await waits until what was delivered is want, in the order of each collector.
func (r *reader) await(want ...string) {
	r.t.Helper()
	var got []string
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		r.mu.Lock()
		got = slices.Clone(r.got)
		r.mu.Unlock()
		if len(got) >= len(want) {
			break
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		r.t.Errorf("delivered %q, want %q; reported:\n%s", got, want, r.said.text())
	}
}

// deleteBefore has the broker delete the messages of a topic before an offset, as it does with old ones.
func deleteBefore(t *testing.T, broker *kafka.Broker, topic string, offset int64) {
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Address))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	request := kmsg.NewPtrDeleteRecordsRequest()
	partition := kmsg.NewDeleteRecordsRequestTopicPartition()
	partition.Offset = offset
	of := kmsg.NewDeleteRecordsRequestTopic()
	of.Topic, of.Partitions = topic, append(of.Partitions, partition)
	request.Topics, request.TimeoutMillis = append(request.Topics, of), 10000
	response, err := request.RequestWith(t.Context(), client)
	if err != nil || response.Topics[0].Partitions[0].ErrorCode != 0 {
		t.Fatalf("%+v, %v", response, err)
	}
}

// TestBroker reads from Apache Kafka: what is written before and while nobody listens, to topics that are new, while the broker is killed,
// and behind what the broker has thrown away.
func TestBroker(t *testing.T) {
	const linx, saopaulo = "routeviews.linx.64501.bmp_raw", "routeviews.saopaulo.64502.bmp_raw"
	broker := kafka.Start(t)
	broker.Write(t, linx, withdrawal("linx", 0)) // before anybody listened
	time.Sleep(10 * time.Millisecond)
	r := &reader{t: t, options: Options{Brokers: []string{"127.0.0.1:1", broker.Address}, Collectors: []string{"linx", "saopaulo", "lynx"}, Prefixes: []netip.Prefix{ours}}}
	r.positions.Since = time.Now()
	broker.Write(t, linx, withdrawal("linx", 1), []byte("something else"), announcementOf("198.51.100.0"), withdrawal("linx", 2))
	stop := r.listen()
	r.await("linx 1", "linx 2")
	if counts := r.client.Counts(); counts.Messages != 4 || counts.Read != 2 || counts.Rejected != 1 || counts.Unwatched != 1 || counts.Partitions != 1 {
		t.Errorf("counts %+v", counts)
	}
	for _, want := range []string{"offset 2: the message cannot be read", `no topic routeviews.lynx.ASN.bmp_raw`, "linx"} {
		if !strings.Contains(r.said.text(), want) {
			t.Errorf("reported %s, not %q", r.said.text(), want)
		}
	}

	broker.Write(t, saopaulo, withdrawal("saopaulo", 3)) // a topic that was not there
	broker.Write(t, "routeviews.decix.64503.bmp_raw", withdrawal("decix", 4))
	broker.Write(t, "openbmp.parsed.unicast_prefix", withdrawal("linx", 5))
	r.await("linx 1", "linx 2", "saopaulo 3")

	broker.Kill()
	time.Sleep(time.Second)
	broker.Restart()
	broker.Write(t, linx, withdrawal("linx", 6))
	r.await("linx 1", "linx 2", "linx 6", "saopaulo 3")

	stop()
	broker.Write(t, linx, withdrawal("linx", 7))
	stop = r.listen()
	r.await("linx 1", "linx 2", "linx 6", "linx 7", "saopaulo 3")

	stop()
	broker.Write(t, linx, withdrawal("linx", 8), withdrawal("linx", 9), withdrawal("linx", 10))
	deleteBefore(t, broker, linx, 9) // the last one
	stop = r.listen()
	r.await("linx 1", "linx 2", "linx 6", "linx 7", "linx 10", "saopaulo 3")
	if counts := r.client.Counts(); counts.Missing != 2 || !strings.Contains(r.said.text(), "2 messages are gone") {
		t.Errorf("counts %+v, reported %s", counts, r.said.text())
	}
	stop()
}

// announcementOf returns a message of the bus of another prefix.
func announcementOf(address string) []byte {
	b := netip.MustParseAddr(address).As4()
	update := bgp.AppendMessage(nil, bgp.MessageUpdate, append(append([]byte{0, 4, 24}, b[:3]...), 0, 0))
	return kafka.Envelope("linx", time.Now(), kafka.Message(0, peer, 64501, kafka.PostPolicy, update))
}

// TestNoBroker: that nobody answers is reported, and tried again; an error of the function that messages are delivered to ends it.
func TestNoBroker(t *testing.T) {
	r := &reader{t: t, options: Options{Brokers: []string{testkit.FreeAddress(t)}, Prefixes: []netip.Prefix{ours}}}
	stop := r.listen()
	for end := time.Now().Add(time.Minute); strings.Count(r.said.text(), "the next attempt is in") < 2; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("reported %s", r.said.text())
		}
	}
	stop()
}

// TestDeliveryFails: an error of the function that messages are delivered to ends it, and the message is not lost.
func TestDeliveryFails(t *testing.T) {
	full := errors.New("the disk is full")
	c, err := New(Options{Prefixes: []netip.Prefix{ours}}, "", func(error) {})
	if err != nil {
		t.Fatal(err)
	}
	s := &session{Client: c, deliver: func(*Message) error { return full }, next: map[string]map[int32]int64{"routeviews.linx.1.bmp_raw": {0: 5}}}
	err = s.consume(&kgo.Record{Topic: "routeviews.linx.1.bmp_raw", Offset: 5, Value: withdrawal("linx", 1)})
	var refused *reconnect.FinalError
	if !errors.As(err, &refused) || refused.Err != full || c.Counts().Messages != 0 {
		t.Errorf("%v, counts %+v", err, c.Counts())
	}
}

// TestOptions: what is wrong with them is said.
func TestOptions(t *testing.T) {
	for want, o := range map[string]Options{
		"nothing to watch":                   {},
		`brokers: invalid address "x"`:       {Brokers: []string{"x"}, ASes: []uint32{1}},
		`brokers: invalid address ":9092"`:   {Brokers: []string{":9092"}, ASes: []uint32{1}},
		`brokers: invalid address "x:70000"`: {Brokers: []string{"x:70000"}, ASes: []uint32{1}},
		`collectors: invalid name "a b"`:     {Collectors: []string{"a b"}, ASes: []uint32{1}},
	} {
		if err := o.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	o := Options{ASes: []uint32{1}}
	if err := o.Validate(); err != nil || !slices.Equal(o.Brokers, []string{DefaultBroker}) {
		t.Errorf("%+v, %v", o, err)
	}
}

// TestCollectorOf: which topics are read.
func TestCollectorOf(t *testing.T) {
	for topic, want := range map[string]string{
		"routeviews.linx.13335.bmp_raw": "linx", "routeviews.route-views4.6447.bmp_raw": "route-views4", "routeviews.a.b.1.bmp_raw": "a.b",
		"routeviews.bmp_raw": "", "routeviews..bmp_raw": "", "openbmp.linx.1.bmp_raw": "", "routeviews.linx.1.parsed": "", "routeviews.linx.bmp_raw": "",
	} {
		if got, ok := collectorOf(topic); got != want || ok != (want != "") {
			t.Errorf("%s: %q, %t, want %q", topic, got, ok, want)
		}
	}
}
