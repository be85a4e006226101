package rislive

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// numbered is a message with an identity of its own.
func numbered(n int) string {
	return fmt.Sprintf(`{"type":"ris_message","data":{"timestamp":%d,"peer":"192.0.2.1","peer_asn":64500,"id":"%d","host":"rrc00","type":"STATE","state":"down"}}`, n, n)
}

// listen listens until a number of messages were delivered and returns their times, in seconds.
func listen(t *testing.T, c *Client, said *reports, want int) (got []int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	err := c.Listen(ctx, func(m Message) error {
		if got = append(got, m.Time.Unix()); len(got) == want {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		t.Fatalf("%v after %d messages of %d; reported: %s", err, len(got), want, said.all())
	}
	return got
}

// TestSubscribes: what the client says to the server.
func TestSubscribes(t *testing.T) {
	var asked []string
	var agent, query string
	url := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		agent, query = r.UserAgent(), r.URL.RawQuery
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer conn.CloseNow()
		for range 4 {
			_, text, err := conn.Read(r.Context())
			if err != nil {
				return
			}
			asked = append(asked, string(text))
			send(r.Context(), conn, `{"type":"ris_subscribe_ok","data":{"subscription":{"type":"UPDATE","peer_asn":{}}}}`)
		}
		send(r.Context(), conn, `{"type":"pong","data":null}`, numbered(1))
		conn.Read(r.Context())
	})
	exactly, said := false, &reports{}
	c, err := New(Options{URL: url + "/v1/ws/", Subscriptions: []Subscription{
		{Prefix: "192.0.2.0/24"},
		{Prefix: "2001:db8::/32", MoreSpecific: &exactly, LessSpecific: true, Host: "rrc00", Require: "withdrawals"},
		{Path: "64500,64496$"},
		{Type: peerState, Peer: "2001:db8::1"},
	}}, "tidemark-test", said.add)
	if err != nil {
		t.Fatal(err)
	}
	c.timing = quick
	listen(t, c, said, 1)
	const options = `,"socketOptions":{"includeRaw":true,"acknowledge":true}}}`
	want := []string{
		`{"type":"ris_subscribe","data":{"prefix":"192.0.2.0/24","moreSpecific":true,"type":"UPDATE"` + options,
		`{"type":"ris_subscribe","data":{"prefix":"2001:db8::/32","moreSpecific":false,"lessSpecific":true,"host":"rrc00","type":"UPDATE","require":"withdrawals"` + options,
		`{"type":"ris_subscribe","data":{"path":"64500,64496$","type":"UPDATE"` + options,
		`{"type":"ris_subscribe","data":{"peer":"2001:db8::1","type":"RIS_PEER_STATE"` + options,
	}
	if strings.Join(asked, "\n") != strings.Join(want, "\n") {
		t.Errorf("asked\n%s\nwant\n%s", strings.Join(asked, "\n"), strings.Join(want, "\n"))
	}
	if agent != "tidemark-test" || query != "client=tidemark" {
		t.Errorf("User-Agent %q, query %q", agent, query)
	}
	counts := c.Counts()
	if counts.Subscriptions != 4 || counts.Connections != 1 || said.all() != "" {
		t.Errorf("counts %+v, reported %q", counts, said.all())
	}
}

// TestConnectsAgain: a lost connection is reported, and a message that comes twice is delivered once.
func TestConnectsAgain(t *testing.T) {
	var connections atomic.Int64
	url := serve(t, func(ctx context.Context, conn *websocket.Conn) {
		conn.Read(ctx)
		switch connections.Add(1) {
		case 1:
			send(ctx, conn, numbered(1), numbered(2), numbered(2))
			conn.Close(websocket.StatusPolicyViolation, "client is\x1b[2J too slow")
		case 2:
			send(ctx, conn, numbered(2), `{"type":"ris_error","data":{"message":"unable\u001b[2J to keep up"}}`)
			conn.CloseNow()
		default:
			send(ctx, conn, numbered(3))
			conn.Read(ctx)
		}
	})
	c, said := client(t, url, quick)
	if got := listen(t, c, said, 3); fmt.Sprint(got) != "[1 2 3]" {
		t.Errorf("messages %v", got)
	}
	for _, want := range []string{`client is\x1b[2J too slow`, `the server reports "unable\x1b[2J to keep up"`, "what is sent in the next 2ms is missing"} {
		if !strings.Contains(said.all(), want) {
			t.Errorf("reported %s, not %s", said.all(), want)
		}
	}
	if counts := c.Counts(); counts.Connections != 3 || counts.Messages != 4 || counts.Repeated != 2 || counts.Read != 2 {
		t.Errorf("counts %+v", counts) // the delivery that ended it is not counted
	}
}

// TestRate: messages beyond the rate are dropped, counted and reported.
func TestRate(t *testing.T) {
	const most, sent = 100, 5000
	url := serve(t, func(ctx context.Context, conn *websocket.Conn) {
		conn.Read(ctx)
		for n := range sent {
			send(ctx, conn, numbered(n+1))
		}
		send(ctx, conn, "{")
		conn.Close(websocket.StatusNormalClosure, "")
	})
	said := &reports{}
	c, err := New(Options{URL: url, Rate: most, Subscriptions: []Subscription{{Path: "64496$"}}}, "", said.add)
	if err != nil {
		t.Fatal(err)
	}
	c.timing = quick
	c.timing.backoff, c.timing.most = time.Hour, time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c.report = func(err error) {
		said.add(err)
		if strings.Contains(err.Error(), "the connection is lost") {
			cancel()
		}
	}
	delivered := int64(0)
	if err := c.Listen(ctx, func(Message) error { delivered++; return nil }); err != nil {
		t.Fatal(err)
	}
	counts := c.Counts()
	if counts.Messages != sent+1 || counts.Read != delivered || counts.Read+counts.Dropped+counts.Rejected != counts.Messages || counts.Dropped == 0 || delivered < most {
		t.Errorf("%d delivered, counts %+v", delivered, counts)
	}
	if !strings.Contains(said.all(), fmt.Sprintf("%d messages beyond 100 a second were dropped", counts.Dropped)) {
		t.Errorf("reported %s", said.all())
	}
}

// TestDeliveryFails: an error of the function that messages are delivered to ends it.
func TestDeliveryFails(t *testing.T) {
	url := serve(t, func(ctx context.Context, conn *websocket.Conn) {
		send(ctx, conn, numbered(1))
		conn.Read(ctx)
		conn.Read(ctx)
	})
	c, said := client(t, url, quick)
	full := errors.New("the disk is full")
	if err := c.Listen(t.Context(), func(Message) error { return full }); err != full || said.all() != "" {
		t.Errorf("%v; reported %q", err, said.all())
	}
}

// upgraded answers the handshake and returns the connection, for servers that break the rules.
func upgraded(t *testing.T, w http.ResponseWriter, r *http.Request, extension string) net.Conn {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return nil
	}
	key := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n",
		base64.StdEncoding.EncodeToString(key[:]), extension)
	return conn
}

// TestHostileServers: each is left for another connection, with bounded memory, and what is wrong is reported.
func TestHostileServers(t *testing.T) {
	raw := func(content func(conn net.Conn)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if conn := upgraded(t, w, r, ""); conn != nil {
				defer conn.Close()
				content(conn)
			}
		}
	}
	accepted := func(handle func(ctx context.Context, conn *websocket.Conn)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{CompressionMode: websocket.CompressionContextTakeover})
			if err == nil {
				defer conn.CloseNow()
				handle(r.Context(), conn)
			}
		}
	}
	short := func(change func(*timing)) timing {
		times := quick
		change(&times)
		return times
	}
	for _, c := range []struct {
		name   string
		times  timing
		serve  http.HandlerFunc
		report string
	}{
		{"a frame without an end", quick, raw(func(conn net.Conn) {
			conn.Write([]byte{0x81, 127, 0, 0, 1, 0, 0, 0, 0, 0}) // a terabyte of text
			for chunk := bytes.Repeat([]byte("["), 64<<10); ; {
				if _, err := conn.Write(chunk); err != nil {
					return
				}
			}
		}), "message too big"},
		{"a message without an end", quick, raw(func(conn net.Conn) {
			conn.Write([]byte{0x01, 0})
			for chunk := append([]byte{0x00, 126, 0x40, 0}, make([]byte, 0x4000)...); ; {
				if _, err := conn.Write(chunk); err != nil {
					return
				}
			}
		}), "message too big"},
		{"a compressed bomb", quick, accepted(func(ctx context.Context, conn *websocket.Conn) {
			w, err := conn.Writer(ctx, websocket.MessageText)
			for chunk := make([]byte, 1<<20); err == nil; {
				_, err = w.Write(chunk)
			}
		}), "message too big"},
		{"half a frame", quick, raw(func(conn net.Conn) { conn.Write([]byte{0x81, 100, '{'}) }), "EOF"},
		{"reserved bits", quick, raw(func(conn net.Conn) { conn.Write([]byte{0xf1, 1, '{'}) }), "unexpected rsv bits"},
		{"compression that was not agreed", quick, func(w http.ResponseWriter, r *http.Request) {
			if conn := upgraded(t, w, r, "Sec-WebSocket-Extensions: permessage-nonsense\r\n"); conn != nil {
				conn.Close()
			}
		}, "unsupported extension"},
		{"no pong", short(func(times *timing) { times.ping, times.pong = 10*time.Millisecond, 50*time.Millisecond }), raw(func(conn net.Conn) {
			io.Copy(io.Discard, conn)
		}), "no answer to a ping within 50ms"},
		{"a message that drips", short(func(times *timing) { times.message = 50 * time.Millisecond }), raw(func(conn net.Conn) {
			for _, err := conn.Write([]byte{0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}); err == nil; _, err = conn.Write([]byte{'{'}) {
				time.Sleep(time.Millisecond)
			}
		}), "a message took longer than 50ms"},
		{"no handshake", short(func(times *timing) { times.dial = 50 * time.Millisecond }), func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		}, "deadline exceeded"},
		{"headers without an end", quick, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X", strings.Repeat("x", 128<<10))
		}, "server response headers exceeded"},
		{"a status", quick, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "86400")
			w.WriteHeader(http.StatusServiceUnavailable)
		}, "503 Service Unavailable and wants to be left alone for 24h0m0s; what is sent in the next 50ms is missing"},
		{"another site", quick, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
		}, "another site; if that is right"},
		{"messages that cannot be read", quick, accepted(func(ctx context.Context, conn *websocket.Conn) {
			send(ctx, conn, "{", "null", `{"type":"ris_rrc_list","data":[]}`, `{"type":7}`, `{"type":"ris_message","data":{"timestamp":1e400}}`, "\xff")
		}), "6 messages could not be read; the last: message"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var connections atomic.Int64
			url := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
				if connections.Add(1) < 3 {
					c.serve(w, r)
					return
				}
				accepted(func(ctx context.Context, conn *websocket.Conn) {
					send(ctx, conn, numbered(1))
					conn.Read(ctx)
					conn.Read(ctx)
				})(w, r)
			})
			client, said := client(t, url, c.times)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			listen(t, client, said, 1)
			runtime.ReadMemStats(&after)
			if !strings.Contains(said.all(), c.report) {
				t.Errorf("reported %s, not %s", said.all(), c.report)
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
				t.Errorf("%d bytes were allocated", grown)
			}
		})
	}
}

// TestWait: how long the client waits before it connects again.
func TestWait(t *testing.T) {
	c, _ := client(t, "ws://192.0.2.1/", usual)
	var got []string
	for _, failures := range []int{0, 1, 2, 8, 9, 15, 16, 1 << 40} {
		got = append(got, c.wait(failures, io.EOF).String())
	}
	if want := "1s 2s 4s 4m16s 5m0s 5m0s 5m0s 5m0s"; strings.Join(got, " ") != want {
		t.Errorf("waits %s, want %s", got, want)
	}
}

// TestRepeated: only the newest messages are remembered.
func TestRepeated(t *testing.T) {
	r := newRecent()
	for n := range 3 * remembered {
		text := []byte(numbered(n))
		if r.has(text) || !r.has(text) {
			t.Fatalf("message %d", n)
		}
	}
	if len(r.hashes) != remembered || r.has([]byte(numbered(2*remembered-1))) || !r.has([]byte(numbered(3*remembered-1))) {
		t.Errorf("%d messages are remembered", len(r.hashes))
	}
}

// TestPong: the server's own pings are answered.
func TestPong(t *testing.T) {
	url := serve(t, func(ctx context.Context, conn *websocket.Conn) {
		read := conn.CloseRead(ctx)
		if err := conn.Ping(read); err != nil {
			t.Error(err)
		}
		send(ctx, conn, numbered(1))
		<-read.Done()
	})
	c, said := client(t, url, quick)
	c.options.Subscriptions = nil
	listen(t, c, said, 1)
}

// TestOptions: what is wrong with a configuration.
func TestOptions(t *testing.T) {
	yes := true
	for _, c := range []struct {
		options Options
		want    string
	}{
		{Options{}, ""},
		{Options{URL: "https://ris-live.ripe.net/v1/ws/"}, "url: invalid address"},
		{Options{URL: "wss://a:b@ris-live.ripe.net/v1/ws/"}, "url: RIS Live wants no password"},
		{Options{Rate: -1}, "rate: invalid number -1"},
		{Options{Subscriptions: make([]Subscription, 501)}, "501 are more than the 500"},
		{Options{Subscriptions: []Subscription{{}}}, "subscription number 1: it would be sent all that collectors hear"},
		{Options{Subscriptions: []Subscription{{Host: "rrc00"}}}, "it would be sent all"},
		{Options{Subscriptions: []Subscription{{Prefix: "192.0.2.0"}}}, `invalid prefix "192.0.2.0"`},
		{Options{Subscriptions: []Subscription{{Prefix: "192.0.2.1/24"}}}, "did you mean 192.0.2.0/24?"},
		{Options{Subscriptions: []Subscription{{Prefix: "::/0"}}}, "set more_specific = false"},
		{Options{Subscriptions: []Subscription{{Path: "1", MoreSpecific: &yes}}}, "more_specific and less_specific are about a prefix"},
		{Options{Subscriptions: []Subscription{{Path: "AS64496"}}}, `invalid path "AS64496"`},
		{Options{Subscriptions: []Subscription{{Path: "!64496$"}}}, `invalid path "!64496$"`},
		{Options{Subscriptions: []Subscription{{Path: "^123,[7,8],9$"}}}, ""},
		{Options{Subscriptions: []Subscription{{Path: "1", Host: "route-views2"}}}, `invalid collector "route-views2"`},
		{Options{Subscriptions: []Subscription{{Path: "1", Peer: "rrc00"}}}, `invalid address "rrc00"`},
		{Options{Subscriptions: []Subscription{{Path: "1", Require: "path"}}}, `invalid key "path"`},
		{Options{Subscriptions: []Subscription{{Path: "1", Type: "UPDATES"}}}, `unknown type "UPDATES"`},
		{Options{Subscriptions: []Subscription{{Type: peerState}}}, ""},
	} {
		err := c.options.Validate()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v: %v, want %q", c.options, err, c.want)
		}
	}
	if _, err := New(Options{}, "", nil); err == nil {
		t.Error("a client that subscribes to nothing")
	}
}

// TestWatching: the subscriptions for what is watched.
func TestWatching(t *testing.T) {
	got, err := json.Marshal(Watching([]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")}, []uint32{4200000000}))
	want := `[{"prefix":"192.0.2.0/24"},{"prefix":"2001:db8::/32"},{"path":"4200000000$"},{"type":"RIS_PEER_STATE"}]`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
	if all := Watching(nil, nil); all != nil {
		t.Errorf("%+v", all)
	}
}
