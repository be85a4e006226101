package sink_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tidemark/internal/testkit"
	"tidemark/pipeline/alert"
	"tidemark/pipeline/alert/sink"
)

// TestAlertmanager: the real one shows an alert while it is open, and not once it is over.
func TestAlertmanager(t *testing.T) {
	program := testkit.Need(t, "prometheus-alertmanager")
	dir := t.TempDir()
	config := filepath.Join(dir, "am.yml")
	check(t, os.WriteFile(config, []byte("route: {receiver: none}\nreceivers: [{name: none}]\n"), 0o644))
	address := testkit.FreeAddress(t)
	cmd := testkit.Server(program, "--config.file="+config, "--storage.path="+dir, "--web.listen-address="+address, "--cluster.listen-address=", "--log.level=warn")
	cmd.Stderr = os.Stderr
	check(t, cmd.Start())
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	eventually(t, "Alertmanager answers", func() bool {
		resp, err := http.Get("http://" + address + "/-/ready")
		if err == nil {
			resp.Body.Close()
		}
		return err == nil && resp.StatusCode == 200
	})
	type shown struct {
		Labels, Annotations map[string]string
		EndsAt, StartsAt    time.Time
		GeneratorURL        string
	}
	active := func() (all []shown) {
		resp, err := http.Get("http://" + address + "/api/v2/alerts?active=true")
		check(t, err)
		defer resp.Body.Close()
		check(t, json.NewDecoder(resp.Body).Decode(&all))
		return all
	}
	s := open(t, sink.Settings{Kind: "alertmanager", URL: sink.Secret("http://" + address), Labels: map[string]string{"team": "noc"}, Hold: "3h"})
	check(t, s.Send(t.Context(), message(alert.Begin, injection)))
	eventually(t, "the alert is active", func() bool { return len(active()) == 1 })
	a := active()[0]
	if a.Labels["alertname"] != "new-origin" || a.Labels["team"] != "noc" || a.Labels["watch"] != "our space" || !a.StartsAt.Equal(noon) || time.Until(a.EndsAt) < 2*time.Hour || a.GeneratorURL == "" {
		t.Errorf("Alertmanager shows %+v", a)
	}
	check(t, s.(alert.Refresher).Refresh(t.Context(), []alert.Message{message(alert.Begin, injection), message(alert.Begin, "another")}))
	eventually(t, "two are active", func() bool { return len(active()) == 2 })
	check(t, s.Send(t.Context(), message(alert.End, injection)))
	eventually(t, "one is over", func() bool { return len(active()) == 1 })
}
