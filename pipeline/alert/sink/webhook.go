package sink

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"text/template"
	"time"

	"tidemark/pipeline/alert"
)

// webhook posts JSON, signed as Standard Webhooks has it: https://www.standardwebhooks.com/
type webhook struct {
	endpoint
	secret Secret
	form   string             // content type
	body   *template.Template // nil: the payload of Standard Webhooks
}

// maxBody is the longest body that a template makes, in bytes.
const maxBody = 1 << 20

func openWebhook(s Settings, at Place) (alert.Sink, error) {
	to, err := s.endpoint()
	if err != nil {
		return nil, err
	}
	if err := s.Secret.check("secret"); err != nil {
		return nil, err
	}
	w := &webhook{endpoint: to, secret: s.Secret, form: "application/json"}
	if s.ContentType != "" {
		if _, _, err := mime.ParseMediaType(s.ContentType); err != nil {
			return nil, fmt.Errorf("content_type: invalid type %q (want for example text/plain)", s.ContentType)
		}
		w.form = s.ContentType
	}
	if s.Body == "" {
		return w, nil
	}
	if w.body, err = template.New("body").Funcs(template.FuncMap{"json": asJSON}).Option("missingkey=error").Parse(s.Body); err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	if _, err := w.render(alert.NewTest(at.Name, time.Unix(0, 0))); err != nil {
		return nil, err
	}
	return w, nil
}

func asJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

func (w *webhook) Send(ctx context.Context, m alert.Message) error {
	body, err := w.render(m)
	if err != nil {
		return &alert.Refused{Err: err}
	}
	header := http.Header{"Content-Type": {w.form}}
	if err := w.sign(header, m.ID, time.Now(), body); err != nil {
		return err
	}
	return w.post(ctx, "", header, body)
}

// render returns the body of a message.
func (w *webhook) render(m alert.Message) ([]byte, error) {
	if w.body == nil {
		return json.Marshal(struct {
			Type string        `json:"type"`
			Time time.Time     `json:"timestamp"`
			Data alert.Message `json:"data"`
		}{"alert." + m.Event, occurred(m), m})
	}
	out := &bounded{left: maxBody}
	if err := w.body.Execute(out, m); err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	return out.Bytes(), nil
}

// occurred returns when what the message says was first seen.
func occurred(m alert.Message) time.Time {
	if m.Event == alert.End && m.Alert.GoneBy != nil {
		return m.Alert.GoneBy.UTC()
	}
	return m.Alert.SeenFrom.UTC()
}

// sign adds the headers of Standard Webhooks: identity, time and, if there is a secret, HMAC-SHA256.
func (w *webhook) sign(h http.Header, id string, now time.Time, body []byte) error {
	stamp := strconv.FormatInt(now.Unix(), 10)
	h.Set("webhook-id", id)
	h.Set("webhook-timestamp", stamp)
	if w.secret == "" {
		return nil
	}
	text, err := w.secret.value(w.base)
	if err != nil {
		return err
	}
	key := []byte(text)
	if encoded, is := strings.CutPrefix(text, "whsec_"); is {
		if key, err = base64.StdEncoding.DecodeString(encoded); err != nil {
			return errors.New("secret: what follows whsec_ is not base64")
		}
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, stamp, body)
	h.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return nil
}

// bounded is a buffer that refuses what is too long.
type bounded struct {
	bytes.Buffer
	left int
}

func (b *bounded) Write(p []byte) (int, error) {
	if len(p) > b.left {
		return 0, fmt.Errorf("it is longer than %d bytes", maxBody)
	}
	b.left -= len(p)
	return b.Buffer.Write(p)
}
