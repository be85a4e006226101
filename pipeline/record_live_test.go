package pipeline_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/collectors/record"
	"tidemark/collectors/rislive"
	"tidemark/collectors/routes"
	"tidemark/datasets"
	"tidemark/internal/fetch"
	"tidemark/internal/testkit"
	"tidemark/pipeline"
)

// liveServer is RIS Live on loopback: it notes what a client says of itself and asks for, and sends messages once all is asked for.
type liveServer struct {
	address string
	agent   chan string
	asked   chan string
}

func serveRISLive(t *testing.T, subscriptions int, messages []string) *liveServer {
	s := &liveServer{agent: make(chan string, 8), asked: make(chan string, 64)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer conn.CloseNow()
		s.agent <- r.UserAgent() + " " + r.URL.RawQuery
		for range subscriptions {
			_, text, err := conn.Read(r.Context())
			if err != nil {
				return
			}
			s.asked <- string(text)
		}
		for _, m := range messages {
			if conn.Write(r.Context(), websocket.MessageText, []byte(m)) != nil {
				return
			}
		}
		conn.Read(r.Context()) // until the client goes
	}))
	t.Cleanup(server.Close)
	s.address = "ws" + strings.TrimPrefix(server.URL, "http") + "/v1/ws/"
	return s
}

// liveMessages returns real messages of RIS Live, when the first was received, and how often they announce or withdraw a prefix.
func liveMessages(t *testing.T) (messages []string, first time.Time, elements int) {
	f, err := os.Open(testkit.File(t, "rislive/ris-2026.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var m struct {
			Data struct {
				Timestamp     float64
				Withdrawals   []string
				Announcements []struct{ Prefixes []string }
			}
		}
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		if first.IsZero() {
			first = time.UnixMilli(int64(m.Data.Timestamp * 1000)).UTC()
		}
		elements += len(m.Data.Withdrawals)
		for _, a := range m.Data.Announcements {
			elements += len(a.Prefixes)
		}
		messages = append(messages, lines.Text())
	}
	return messages, first, elements
}

// TestRecordRISLive: what RIS Live sends of what is watched is in the archive once the interval is over, and the next session decodes it as
// the updates of a collector.
func TestRecordRISLive(t *testing.T) {
	messages, first, elements := liveMessages(t)
	sent := append(slices.Clone(messages), messages[0], // again, as it matches two subscriptions
		strings.NewReplacer("1789019601.670", "1000000000", "01a089e0bb060006", "0").Replace(messages[0]))
	settings := record.Settings{Rotate: "5m", RISLive: &rislive.Options{}}
	settings.Watch([]netip.Prefix{netip.MustParsePrefix("2a12:3fc6::/32")}, []uint32{28438})
	server := serveRISLive(t, len(settings.RISLive.Subscriptions), sent)
	settings.RISLive.URL = server.address
	if err := settings.Check(""); err != nil {
		t.Fatal(err)
	}
	var clock atomic.Int64
	clock.Store(first.Unix())
	p, err := pipeline.Open(pipeline.Options{
		Dir: t.TempDir(), Kinds: []collectors.Kind{routes.MRT{}}, Fetch: fetch.Options{UserAgent: "tidemark-test (mailto:you@example.net)"},
		Clock: func() time.Time { return time.Unix(clock.Load(), 0) },
	})
	if err != nil {
		t.Fatal(err)
	}
	stopped := errors.New("stopped by the test")
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.RecordRoutes(ctx, &settings) }()
	if got, want := <-server.agent, "tidemark-test (mailto:you@example.net) client=tidemark"; got != want {
		t.Errorf("the client says %q of itself, want %q", got, want)
	}
	for _, want := range []string{`"prefix":"2a12:3fc6::/32"`, `"path":"28438$"`, `"type":"RIS_PEER_STATE"`} {
		if got := <-server.asked; !strings.Contains(got, want) {
			t.Errorf("the client asks for %s, want %s", got, want)
		}
	}
	var live *record.LiveStatus
	until(t, "the messages", func() bool {
		clock.Add(11) // seconds, so that the state is saved
		s, err := p.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Recording) == 1 {
			live = s.Recording[0].RISLive
		}
		return live != nil && live.Messages == int64(len(sent))
	})
	if live.Read != int64(len(messages)+1) || live.Repeated != 1 || live.LeftOut != 1 {
		t.Errorf("%+v; want %d read, of which one is left out, and one repeated", live, len(messages)+1)
	}
	clock.Add(5 * 60)
	until(t, "a file in the archive", func() bool {
		files, err := p.Files("mrt")
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(files, func(f archive.Raw) bool { return f.Collector == "ris-live" })
	})
	cancel(stopped)
	if err := <-ended; !errors.Is(err, stopped) {
		t.Errorf("%v, want %v", err, stopped)
	}
	decodeAll(t, p)
	announced := 0
	manifests, err := p.Store().Manifests(datasets.Updates.Schema)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range manifests {
		for row, err := range datasets.Updates.Scan(p.Store().Path(m)) {
			if err != nil || row.Collector != "ris-live" || row.Time.Before(first.Add(-time.Minute)) {
				t.Fatalf("%+v, %v", row, err)
			}
			if row.Kind != "state" {
				announced++
			}
		}
	}
	if announced != elements {
		t.Errorf("%d rows of routes, want one for each of the %d prefixes that the messages name", announced, elements)
	}
}

// decodeAll decodes what is in the archive.
func decodeAll(t *testing.T, p *pipeline.Pipeline) {
	t.Helper()
	session, ctx, err := p.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	report, err := session.Decode(ctx)
	if err != nil || len(report.Problems) > 0 || report.Files == 0 {
		t.Errorf("%+v, %v", report, err)
	}
	if _, err := session.End(ctx); err != nil {
		t.Fatal(err)
	}
}

func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within 30 s", what)
		}
	}
}
