package replica

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Nginx returns the path of nginx; empty if it is not installed (apt-get install nginx-light).
func Nginx() string {
	for _, name := range []string{"nginx", "/usr/sbin/nginx"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// nginx serves the folders, each host on its own ports, plain and over TLS.
type nginx struct {
	command    *exec.Cmd
	plain, tls map[string]int
	said       bytes.Buffer
}

func startNginx(dir string, root func(host string) string, ca *authority) (*nginx, error) {
	binary := Nginx()
	if binary == "" {
		return nil, errors.New("nginx is not installed; apt-get install nginx-light")
	}
	own := filepath.Join(dir, "nginx")
	if err := os.MkdirAll(own, 0o755); err != nil {
		return nil, err
	}
	n := &nginx{plain: map[string]int{}, tls: map[string]int{}}
	sockets, ports, err := listen(2 * len(Hosts))
	defer func() { // nginx has its own descriptors of them
		for _, f := range sockets {
			f.Close()
		}
	}()
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, `daemon off;
worker_processes 1;
pid %[1]s/pid;
error_log %[1]s/error.log;
events { worker_connections 512; }
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	default_type application/octet-stream;
	types { text/html html; text/plain txt; application/json json; text/csv csv; text/xml xml; application/gzip gz; application/x-bzip2 bz2; }
	ssl_certificate %[2]s;
	ssl_certificate_key %[3]s;
`, own, ca.certFile, ca.keyFile)
	for i, host := range Hosts {
		n.plain[host], n.tls[host] = ports[2*i], ports[2*i+1]
		fmt.Fprintf(&b, "\tserver {\n\t\tlisten 127.0.0.1:%d;\n\t\tlisten 127.0.0.1:%d ssl http2;\n\t\tserver_name %s;\n\t\troot %s;\n", ports[2*i], ports[2*i+1], host, root(host))
		switch host {
		case Datatracker: // an answer for each question, and an empty one for all others
			b.WriteString("\t\tlocation /api/v1/ { default_type application/json; try_files $uri$args.json /api/v1/index.json =404; }\n")
		case RouteViewsAPI:
			b.WriteString("\t\tlocation /collector/ { index index.json; }\n")
		}
		b.WriteString("\t}\n")
	}
	b.WriteString("}\n")
	config := filepath.Join(own, "nginx.conf")
	text := b.String()
	if os.Geteuid() == 0 { // its workers must be able to read this user's folder
		text = "user root;\n" + text
	}
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		return nil, err
	}
	n.command = exec.Command(binary, "-c", config, "-p", own, "-e", filepath.Join(own, "error.log"))
	n.command.Stderr = &n.said
	n.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	n.command.ExtraFiles = sockets
	n.command.Env = append(os.Environ(), inherited(len(sockets)))
	if err := n.command.Start(); err != nil {
		return nil, err
	}
	for _, f := range sockets { // starting a program made them blocking
		if err := syscall.SetNonblock(int(f.Fd()), true); err != nil {
			return nil, errors.Join(err, n.stop())
		}
		f.Close() // so that connections are refused, not queued for ever, if nginx could not start
	}
	client := http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d/", n.plain[Hosts[0]]))
	if err != nil {
		return nil, errors.Join(err, n.stop(), errors.New("nginx says: "+n.said.String()))
	}
	return n, answer.Body.Close()
}

func (n *nginx) stop() error {
	if err := n.command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	n.command.Wait() // it was told to end
	return nil
}

// listen opens sockets on free ports. nginx inherits them as it does from its own older process when it is upgraded, so that no
// other program can have a port in between.
func listen(n int) (sockets []*os.File, ports []int, err error) {
	for range n {
		l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			return sockets, ports, err
		}
		defer l.Close()
		f, err := l.File()
		if err != nil {
			return sockets, ports, err
		}
		sockets, ports = append(sockets, f), append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return sockets, ports, nil
}

// inherited is the variable of the environment by which nginx knows the n sockets that it has from its parent, 3 being the first.
func inherited(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d;", 3+i)
	}
	return "NGINX=" + b.String()
}
