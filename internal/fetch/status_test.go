package fetch_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"

	"tidemark/internal/fetch"
)

// TestReasonPhrase: what a server writes behind the status does not reach an error, and so no terminal.
func TestReasonPhrase(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go func() {
		for {
			conn, err := server.Accept()
			if err != nil {
				return
			}
			bufio.NewReader(conn).ReadString('\n')
			fmt.Fprint(conn, "HTTP/1.1 404 \x1b[2J\x1b]0;owned\x07gone\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			conn.Close()
		}
	}()
	client := fetch.New(fetch.Options{Attempts: 1})
	_, _, err = client.Read(context.Background(), "http://"+server.Addr().String()+"/x", fetch.Validators{})
	if err == nil {
		t.Fatal("no error for a file that does not exist")
	}
	if !strings.Contains(err.Error(), "the server answered 404 Not Found") {
		t.Errorf("the status is missing: %q", err)
	}
	if strings.ContainsAny(err.Error(), "\x1b\x07") || strings.Contains(err.Error(), "owned") {
		t.Errorf("the reason phrase comes through: %q", err)
	}
}
