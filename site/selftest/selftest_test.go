package selftest

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"tidemark/internal/testkit"
)

func TestCheck(t *testing.T) {
	good := Hosts{"https://v4.example.net", "https://v6.example.net:8443", "https://both.example.net"}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for _, bad := range []Hosts{
		{}, {"https://v4.example.net", "https://v6.example.net", "http://both.example.net"}, {"https://v4.example.net", "https://v4.example.net", "https://both.example.net"},
		{"https://v4.example.net/", "https://v6.example.net", "https://both.example.net"}, {"https://u@v4.example.net", "https://v6.example.net", "https://both.example.net"},
		{"https://192.0.2.1", "https://v6.example.net", "https://both.example.net"}, {"https://v4.example.net", "https://[2001:db8::1]", "https://both.example.net"},
		{"https://v4.example.net;script-src *", "https://v6.example.net", "https://both.example.net"}, {"https://*", "https://v6.example.net", "https://both.example.net"}, {"v4.example.net", "https://v6.example.net", "https://both.example.net"},
	} {
		if err := bad.Check(); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

// host serves what a host must, on the loopback address of a network. A hole never answers a large request.
func host(t *testing.T, address string, hole bool) string {
	t.Helper()
	files, err := Hosts{"http://a", "http://b", "http://c"}.Files()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Skip(err) // no IPv6 on this machine
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		name := strings.TrimPrefix(r.URL.Path, "/")
		switch {
		case hole && name == "tidemark-large.txt":
			<-r.Context().Done()
		case name == "tidemark-address.txt":
			from, _, _ := net.SplitHostPort(r.RemoteAddr)
			fmt.Fprint(w, from)
		case strings.HasPrefix(name, "tidemark-") && files[name] != nil:
			w.Write(files[name])
		default:
			http.NotFound(w, r)
		}
	})
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: handler}}
	server.Start()
	t.Cleanup(server.CloseClientConnections)
	t.Cleanup(func() { listener.Close() })
	return named(listener)
}

// rules let the browser find the names of the hosts.
const rules = "MAP v4.selftest.example 127.0.0.1, MAP v6.selftest.example [::1], MAP both.selftest.example localhost"

// named returns the origin of a listener by a name that has addresses of its families.
func named(listener net.Listener) string {
	address, port, _ := net.SplitHostPort(listener.Addr().String())
	name := map[string]string{"127.0.0.1": "v4", "::1": "v6"}[address]
	return "http://" + cmp.Or(name, "both") + ".selftest.example:" + port
}

// dead returns an origin at which nothing listens.
func dead(t *testing.T, address string) string {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Skip(err)
	}
	defer listener.Close()
	return named(listener)
}

// TestPage opens the page in a browser whose connection lacks or breaks something. It asks no host but the three.
func TestPage(t *testing.T) {
	path := testkit.Need(t, "chromium")
	v4, v6, dual := host(t, "127.0.0.1:0", false), host(t, "[::1]:0", false), host(t, ":0", false)
	for name, c := range map[string]struct {
		hosts   Hosts
		verdict string
		help    string // part of it; empty: there is none
		row     string
	}{
		"both":     {Hosts{v4, v6, dual}, "IPv6 and IPv4 both work here.", "", "A host with IPv6 alone works"},
		"v4 alone": {Hosts{v4, dead(t, "[::1]:0"), dual}, "IPv6 does not work here.", "“I have no IPv6.", "A host with IPv6 alone fails"},
		"v6 alone": {Hosts{dead(t, "127.0.0.1:0"), v6, dual}, "IPv6 works here, IPv4 does not.", "NAT64 with DNS64", "Large request and response over IPv4 not tested"},
		"a hole":   {Hosts{v4, host(t, "[::1]:0", true), dual}, "IPv6 and IPv4 both work here.", "Over IPv6, small requests pass and large ones hang.", "Large request and response over IPv6 no answer"},
		"nothing":  {Hosts{dead(t, "127.0.0.1:0"), dead(t, "[::1]:0"), dead(t, ":0")}, "None of the three hosts could be reached", "whoever runs this page", "A host with both fails"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := c.hosts.Write(dir); err != nil {
				t.Fatal(err)
			}
			site := httptest.NewServer(http.FileServer(http.Dir(dir)))
			t.Cleanup(site.Close)
			allocated, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
				chromedp.UserDataDir(filepath.Join(t.TempDir(), "profile")), chromedp.Flag("disable-component-update", true), chromedp.Flag("host-resolver-rules", rules))...)
			defer stop()
			tab, stop := chromedp.NewContext(allocated)
			defer stop()
			ctx, stop := context.WithTimeout(tab, 2*time.Minute)
			defer stop()
			var mu sync.Mutex
			var foreign []string
			if err := chromedp.Listen(ctx, func(event any) {
				if e, is := event.(*network.EventRequestWillBeSent); is && !slices.ContainsFunc([]string{site.URL, c.hosts.V4, c.hosts.V6, c.hosts.Dual}, func(origin string) bool { return strings.HasPrefix(e.Request.URL, origin+"/") }) {
					mu.Lock()
					foreign = append(foreign, e.Request.URL)
					mu.Unlock()
				}
			}); err != nil {
				t.Fatal(err)
			}
			if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
				t.Fatal(err)
			}
			if err := chromedp.Do(ctx, chromedp.Navigate(site.URL+"/")); err != nil {
				t.Fatal(err)
			}
			text := func(expression string) string {
				t.Helper()
				s, err := chromedp.Run(ctx, chromedp.Evaluate[string](expression))
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
			for text(`document.body.dataset.done || ""`) == "" {
				time.Sleep(50 * time.Millisecond)
			}
			if got := text(`document.getElementById("verdict").textContent`); !strings.HasPrefix(got, c.verdict) {
				t.Errorf("verdict %q, want %q", got, c.verdict)
			}
			if got := text(`document.querySelector("#help ul").textContent`); !strings.Contains(got, c.help) || (got == "") != (c.help == "") {
				t.Errorf("help %q, want %q", got, c.help)
			}
			if got := text(`Array.from(document.querySelectorAll("#tests tbody tr")).map(r => Array.from(r.cells).slice(0, 2).map(c => c.textContent).join(" ")).join("\n")`); !strings.Contains(got, c.row) {
				t.Errorf("rows %q, want %q", got, c.row)
			}
			mu.Lock()
			defer mu.Unlock()
			if len(foreign) > 0 {
				t.Errorf("the page asks %q", foreign)
			}
		})
	}
}
