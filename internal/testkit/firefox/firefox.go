// Package firefox drives Firefox for tests, over WebDriver BiDi (https://w3c.github.io/webdriver-bidi/).
package firefox

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"tidemark/internal/testkit"
)

// Keys that are not characters, as WebDriver has them.
const (
	Control   = "\uE009"
	Tab       = "\uE004"
	Enter     = "\uE007"
	Backspace = "\uE003"
	ArrowDown = "\uE015"
)

// limit bounds how long Firefox takes for one command on a busy machine.
const limit = time.Minute

// preferences keep Firefox off the network: whatever is not on loopback goes to a proxy that is not there.
const preferences = `user_pref("network.proxy.type", 1);
user_pref("network.proxy.http", "127.0.0.1");
user_pref("network.proxy.http_port", 9);
user_pref("network.proxy.ssl", "127.0.0.1");
user_pref("network.proxy.ssl_port", 9);
user_pref("network.proxy.no_proxies_on", "127.0.0.1, localhost");
user_pref("app.update.disabledForTesting", true);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("toolkit.telemetry.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("browser.safebrowsing.downloads.enabled", false);
user_pref("browser.download.useDownloadDir", true);
user_pref("browser.download.folderList", 2);
user_pref("browser.download.alwaysOpenPanel", false);
user_pref("intl.locale.requested", "en-US");
`

// Browser is a Firefox with one tab.
type Browser struct {
	conn    *websocket.Conn
	context string // of the tab

	mu      sync.Mutex
	last    int
	waiting map[int]chan message
	faults  []string
}

// message is an answer or an event.
type message struct {
	ID      int             `json:"id"`
	Type    string          `json:"type"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	Result  json.RawMessage `json:"result"`
	Error   string          `json:"error"`
	Message string          `json:"message"`
}

var listening = regexp.MustCompile(`WebDriver BiDi listening on (ws://\S+)`)

// Start starts a Firefox without a window that lasts as long as the test.
func Start(t testing.TB) *Browser {
	t.Helper()
	path, home := testkit.Need(t, "firefox-esr", "firefox"), t.TempDir()
	profile := filepath.Join(home, "profile")
	downloads := fmt.Sprintf("user_pref(\"browser.download.dir\", %q);\n", home)
	if err := errors.Join(os.Mkdir(profile, 0o700), os.WriteFile(filepath.Join(profile, "user.js"), []byte(preferences+downloads), 0o600)); err != nil {
		t.Fatal(err)
	}
	cmd := testkit.Server(path, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0", "--remote-allow-origins", "http://localhost",
		"data:text/html,start") // a page: on an empty one the keyboard belongs to the address bar
	cmd.Env = append(os.Environ(), "HOME="+home, "MOZ_CRASHREPORTER_DISABLE=1")
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		kill := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		kill.Stop()
	})
	address := make(chan string, 1)
	go func() {
		defer close(address)
		for lines := bufio.NewScanner(said); lines.Scan(); {
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				address <- m[1]
			}
		}
	}()
	select {
	case at, ok := <-address:
		if !ok {
			t.Fatal("Firefox ended before it listened")
		}
		return connect(t, at)
	case <-time.After(limit):
		t.Fatal("Firefox does not listen")
	}
	return nil
}

// connect opens a session with a tab.
func connect(t testing.TB, address string) *Browser {
	t.Helper()
	conn, err := websocket.Dial(address+"/session", "", "http://localhost")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	b := &Browser{conn: conn, waiting: map[int]chan message{}}
	go b.receive()
	if _, err := b.call("session.new", map[string]any{"capabilities": map[string]any{}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = b.call("browser.close", map[string]any{}) })
	found, err := b.call("browsingContext.getTree", map[string]any{"maxDepth": 0})
	var tree struct{ Contexts []struct{ Context string } }
	if err := errors.Join(err, json.Unmarshal(found, &tree)); err != nil || len(tree.Contexts) == 0 {
		t.Fatalf("Firefox has no tab: %v", err)
	}
	b.context = tree.Contexts[0].Context
	_, err = b.call("session.subscribe", map[string]any{"events": []string{"log.entryAdded", "network.fetchError", "network.responseCompleted"}})
	// A violation of a policy is in no log of the protocol.
	_, preload := b.call("script.addPreloadScript", map[string]any{"functionDeclaration": `() => addEventListener("securitypolicyviolation", (e) => console.error("policy: " + e.violatedDirective + " " + e.blockedURI))`})
	if err := errors.Join(err, preload); err != nil {
		t.Fatal(err)
	}
	return b
}

// receive hands answers to those who wait, and notes faults of pages.
func (b *Browser) receive() {
	for {
		var m message
		if err := websocket.JSON.Receive(b.conn, &m); err != nil {
			b.mu.Lock()
			defer b.mu.Unlock()
			for _, answer := range b.waiting {
				close(answer)
			}
			b.waiting = nil
			return
		}
		b.mu.Lock()
		if m.Type == "event" {
			b.note(m)
		} else if answer := b.waiting[m.ID]; answer != nil {
			delete(b.waiting, m.ID)
			answer <- m
		}
		b.mu.Unlock()
	}
}

// note keeps an event that is a fault.
func (b *Browser) note(m message) {
	var e struct {
		Level, Text, ErrorText string
		Request                struct{ URL string }
		Response               struct{ Status int }
	}
	if json.Unmarshal(m.Params, &e) != nil {
		return
	}
	switch {
	case m.Method == "log.entryAdded" && (e.Level == "error" || e.Level == "warn"):
		b.faults = append(b.faults, "log: "+e.Text)
	case m.Method == "network.fetchError" && e.ErrorText != "NS_BINDING_ABORTED": // the reader has left the page
		b.faults = append(b.faults, e.ErrorText+" "+e.Request.URL)
	case m.Method == "network.responseCompleted" && e.Response.Status >= 400:
		b.faults = append(b.faults, fmt.Sprint(e.Response.Status, " ", e.Request.URL))
	}
}

// call sends a command and returns its result.
func (b *Browser) call(method string, params any) (json.RawMessage, error) {
	answer := make(chan message, 1)
	b.mu.Lock()
	if b.waiting == nil {
		b.mu.Unlock()
		return nil, errors.New("the browser has ended")
	}
	b.last++
	id := b.last
	b.waiting[id] = answer
	err := websocket.JSON.Send(b.conn, map[string]any{"id": id, "method": method, "params": params})
	b.mu.Unlock()
	if err != nil {
		return nil, err
	}
	select {
	case m, ok := <-answer:
		if !ok {
			return nil, errors.New("the browser has ended")
		}
		if m.Error != "" {
			return nil, fmt.Errorf("%s: %s: %s", method, m.Error, m.Message)
		}
		return m.Result, nil
	case <-time.After(limit):
		return nil, fmt.Errorf("%s: no answer", method)
	}
}

// Open opens a page and waits until it has loaded.
func (b *Browser) Open(url string) error {
	_, err := b.call("browsingContext.navigate", map[string]any{"context": b.context, "url": url, "wait": "complete"})
	return err
}

// Size gives the page a size in pixels.
func (b *Browser) Size(width, height int) error {
	_, err := b.call("browsingContext.setViewport", map[string]any{"context": b.context, "viewport": map[string]any{"width": width, "height": height}})
	return err
}

// Evaluate returns the value of an expression on the page, as JSON.
func (b *Browser) Evaluate(expression string) (string, error) {
	found, err := b.call("script.evaluate", map[string]any{"expression": "JSON.stringify((" + expression + "))", "target": map[string]any{"context": b.context}, "awaitPromise": false})
	if err != nil {
		return "", err
	}
	var result struct {
		Result           struct{ Value string }
		ExceptionDetails struct{ Text string }
	}
	if err := json.Unmarshal(found, &result); err != nil {
		return "", err
	}
	if text := result.ExceptionDetails.Text; text != "" {
		return "", errors.New(text)
	}
	return result.Result.Value, nil
}

// Press presses the keys one after the other. After Control, the next one is pressed while it is held.
func (b *Browser) Press(keys string) error {
	var actions []map[string]any
	act := func(kind, key string) { actions = append(actions, map[string]any{"type": kind, "value": key}) }
	held := false
	for _, key := range strings.Split(keys, "") {
		act("keyDown", key)
		if key == Control {
			held = true
			continue
		}
		act("keyUp", key)
		if held {
			act("keyUp", Control)
			held = false
		}
	}
	_, err := b.call("input.performActions", map[string]any{"context": b.context, "actions": []any{map[string]any{"type": "key", "id": "keyboard", "actions": actions}}})
	return err
}

// Faults returns what went wrong on the pages since the last call: errors of scripts, violations of policies, failed loads.
func (b *Browser) Faults() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.faults
	b.faults = nil
	return all
}
