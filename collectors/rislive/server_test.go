package rislive

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// serve starts a web socket server on loopback that handles each connection, and returns its address.
func serve(t testing.TB, handle func(ctx context.Context, conn *websocket.Conn)) string {
	t.Helper()
	return serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{CompressionMode: websocket.CompressionContextTakeover})
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.CloseNow()
		handle(r.Context(), conn)
	})
}

func serveHTTP(t testing.TB, handle http.HandlerFunc) string {
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return "ws" + strings.TrimPrefix(server.URL, "http")
}

// send sends texts until one cannot be sent.
func send(ctx context.Context, conn *websocket.Conn, texts ...string) {
	for _, text := range texts {
		if conn.Write(ctx, websocket.MessageText, []byte(text)) != nil {
			return
		}
	}
}

// quick are the times of tests: what should happen happens soon, and what should not has time to.
var quick = timing{
	dial: 20 * time.Second, message: 20 * time.Second, write: 20 * time.Second, ping: 20 * time.Second, pong: 20 * time.Second,
	backoff: time.Millisecond, most: 4 * time.Millisecond, respite: 50 * time.Millisecond, settled: time.Hour,
}

// reports collects what a client reports.
type reports struct {
	mu   sync.Mutex
	said []string
}

func (r *reports) add(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said = append(r.said, err.Error())
}

func (r *reports) all() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.said, "\n")
}

// client returns a client of a server that watches a prefix.
func client(t testing.TB, url string, times timing) (*Client, *reports) {
	t.Helper()
	said := &reports{}
	c, err := New(Options{URL: url, Rate: 1e6, Subscriptions: []Subscription{{Prefix: "192.0.2.0/24"}}}, "tidemark-test", said.add)
	if err != nil {
		t.Fatal(err)
	}
	c.timing = times
	return c, said
}
