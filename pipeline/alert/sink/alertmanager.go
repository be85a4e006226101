package sink

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"tidemark/internal/legible"
	"tidemark/pipeline/alert"
)

// alertmanager posts to Prometheus' Alertmanager (POST /api/v2/alerts), which considers an alert over unless it is sent again in time.
type alertmanager struct {
	endpoint
	labels map[string]string
	hold   time.Duration
}

// defaultHold outlasts a daily run.
const defaultHold = 26 * time.Hour

var labelName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

func openAlertmanager(s Settings, _ Place) (alert.Sink, error) {
	to, err := s.endpoint()
	if err != nil {
		return nil, err
	}
	for name := range s.Labels {
		if !labelName.MatchString(name) {
			return nil, fmt.Errorf("labels: invalid name %q (want letters, digits and underscores)", name)
		}
		switch name {
		case "alertname", "watch", "subject", "severity":
			return nil, fmt.Errorf("labels: %s is a label of each alert already", name)
		}
	}
	hold, err := duration("hold", s.Hold, defaultHold)
	return &alertmanager{to, s.Labels, hold}, err
}

// postableAlert is an alert as Alertmanager's API has it.
type postableAlert struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
}

func (a *alertmanager) Send(ctx context.Context, m alert.Message) error {
	return a.send(ctx, []alert.Message{m})
}

// Refresh sends the alerts that are open.
func (a *alertmanager) Refresh(ctx context.Context, open []alert.Message) error {
	return a.send(ctx, open)
}

func (a *alertmanager) send(ctx context.Context, messages []alert.Message) error {
	now := time.Now().UTC()
	all := make([]postableAlert, 0, len(messages))
	for _, m := range messages {
		all = append(all, a.alert(m, now))
	}
	body, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return a.post(ctx, "api/v2/alerts", http.Header{"Content-Type": {"application/json"}}, body)
}

// alert returns what Alertmanager is told now. Labels are the same for beginning and end, as they are its identity.
func (a *alertmanager) alert(m alert.Message, now time.Time) postableAlert {
	p := postableAlert{
		Labels:      map[string]string{"alertname": m.Alert.Kind, "watch": m.Alert.Watch, "subject": m.Alert.Subject, "severity": m.Alert.Severity},
		Annotations: map[string]string{"summary": m.Title(), "description": m.Alert.Text, "id": m.Alert.ID, "runbook": m.Alert.Advice},
		StartsAt:    m.Alert.SeenFrom.UTC(), EndsAt: now.Add(a.hold), GeneratorURL: m.URL,
	}
	for name, value := range a.labels {
		p.Labels[name] = value
	}
	for _, texts := range []map[string]string{p.Labels, p.Annotations} {
		for name, text := range texts {
			if texts[name] = legible.Line(text); text == "" {
				delete(texts, name)
			}
		}
	}
	switch {
	case m.Event == alert.Test:
		p.EndsAt = now.Add(time.Minute)
	case m.Event == alert.End:
		p.EndsAt = now
		if gone := m.Alert.GoneBy; gone != nil && gone.Before(now) {
			p.EndsAt = gone.UTC()
		}
	}
	if !p.EndsAt.After(p.StartsAt) {
		p.EndsAt = p.StartsAt.Add(time.Second)
	}
	return p
}
