package sink_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tidemark/internal/testkit"
	"tidemark/pipeline/alert"
	"tidemark/pipeline/alert/sink"
)

// TestWebhook verifies the signature as a receiver of Standard Webhooks does.
func TestWebhook(t *testing.T) {
	key := []byte("thirty-two bytes of a signing key")
	var got alert.Message
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		stamp := r.Header.Get("webhook-timestamp")
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(r.Header.Get("webhook-id") + "." + stamp + "." + string(body)))
		if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); r.Header.Get("webhook-signature") != want {
			t.Errorf("signature %q, want %q", r.Header.Get("webhook-signature"), want)
		}
		if s, err := strconv.ParseInt(stamp, 10, 64); err != nil || time.Since(time.Unix(s, 0)) > time.Minute {
			t.Errorf("timestamp %q", stamp)
		}
		if r.Header.Get("Authorization") != "Bearer t0ken" {
			t.Errorf("authorization %q", r.Header.Get("Authorization"))
		}
		var payload struct {
			Type string
			Data alert.Message
		}
		check(t, json.Unmarshal(body, &payload))
		got = payload.Data
		if payload.Type != "alert.begin" || r.Header.Get("webhook-id") != got.ID {
			t.Errorf("type %q, id %q", payload.Type, r.Header.Get("webhook-id"))
		}
	}))
	defer server.Close()
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, "key"), []byte("whsec_"+base64.StdEncoding.EncodeToString(key)+"\n"), 0o600))
	t.Setenv("HOOK", server.URL)
	t.Setenv("TOKEN", "t0ken")
	s := open(t, sink.Settings{Kind: "webhook", URL: "env:HOOK", Secret: "file:key", Token: "env:TOKEN", Base: dir})
	want := message(alert.Begin, "x\r\n<script>")
	check(t, s.Send(t.Context(), want))
	if got.Alert.Text != want.Alert.Text {
		t.Errorf("text %q, want %q", got.Alert.Text, want.Alert.Text)
	}
	server.Close()
	t.Setenv("HOOK", "http://"+testkit.FreeAddress(t)+"/T0/secret")
	if err := s.Send(t.Context(), want); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("error %v", err)
	}
	os.Remove(filepath.Join(dir, "key"))
	if err := s.Send(t.Context(), want); err == nil || !strings.Contains(err.Error(), "key") {
		t.Errorf("without the file: %v", err)
	}
}

func TestWebhookBody(t *testing.T) {
	var got, form string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got, form = string(body), r.Header.Get("Content-Type")
	}))
	defer server.Close()
	s := open(t, sink.Settings{Kind: "webhook", URL: sink.Secret(server.URL), Body: `{"text": {{json .Title}}}`, ContentType: "application/vnd.chat+json"})
	check(t, s.Send(t.Context(), message(alert.End, injection)))
	var chat struct{ Text string }
	if err := json.Unmarshal([]byte(got), &chat); err != nil || !strings.HasPrefix(chat.Text, "Over: new-origin: 192.0.2.0/24") || form != "application/vnd.chat+json" {
		t.Errorf("body %q as %s: %v", got, form, err)
	}
	_, err := sink.Open(sink.Settings{Kind: "webhook", URL: "env:X", Body: `{{range 100000000}}xxxxxxxxxxxxxxxx{{end}}`}, sink.Place{})
	if err == nil || !strings.Contains(err.Error(), "longer than 1048576 bytes") {
		t.Errorf("an endless body: %v", err)
	}
}

func TestWebhookAnswers(t *testing.T) {
	status, elsewhere := 0, false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			elsewhere = true
			return
		}
		w.Header().Set("Retry-After", "7")
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		io.WriteString(w, "no\x1b[31m\nwell")
	}))
	defer server.Close()
	s := open(t, sink.Settings{Kind: "webhook", URL: sink.Secret(server.URL)})
	for code, want := range map[int]string{200: "", 204: "", 302: "redirects", 307: "redirects", 400: "refused", 401: "retry", 404: "retry", 413: "refused", 429: "later", 500: "retry", 503: "later"} {
		status = code
		err := s.Send(t.Context(), message(alert.Begin, ""))
		var refused *alert.Refused
		var later *alert.Later
		got := "retry"
		switch {
		case err == nil:
			got = ""
		case errors.As(err, &refused):
			got = "refused"
		case errors.As(err, &later) && later.After == 7*time.Second:
			got = "later"
		case strings.Contains(err.Error(), "redirects are not followed"):
			got = "redirects"
		}
		if got != want {
			t.Errorf("%d: %s (%v), want %s", code, got, err, want)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\x1b\n") {
			t.Errorf("%d: the error is not legible: %q", code, err)
		}
	}
	if elsewhere {
		t.Error("a redirect was followed")
	}
}
