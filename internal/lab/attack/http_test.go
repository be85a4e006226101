package attack

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// hostile adds a source of lists whose server writes what f does in answer to any request but that for robots.txt.
func (s *scene) hostile(f func(c net.Conn, r *http.Request)) {
	s.source("evil", "bogon-list", fmt.Sprintf("urls = [%q]", "http://"+s.speak(f)+"/list.txt"))
}

// speak serves HTTP of which f writes the answers; each connection has one request.
func (s *scene) speak(f func(c net.Conn, r *http.Request)) string {
	return s.serve(func(c net.Conn) {
		r, err := http.ReadRequest(bufio.NewReader(c))
		switch {
		case err != nil:
		case r.URL.Path == "/robots.txt":
			io.WriteString(c, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		default:
			f(c, r)
		}
	})
}

// repeat writes a text until the other side has enough.
func repeat(c net.Conn, text string) {
	block := []byte(strings.Repeat(text, 1+(64<<10)/len(text)))
	for {
		if _, err := c.Write(block); err != nil {
			return
		}
	}
}

// drip writes a byte of the text every fifth of a second, and the last for ever.
func drip(c net.Conn, text string) {
	for i := 0; ; i++ {
		at := min(i, len(text)-1)
		if _, err := io.WriteString(c, text[at:at+1]); err != nil {
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// ok is a healthy head for a body of n bytes, with more header lines.
func ok(n int, more string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n%s\r\n", n, more)
}

// closed is the head of a body that ends with the connection.
const closed = "HTTP/1.1 200 OK\r\nConnection: close\r\n"

// answers are fixed answers of HTTP/1.1.
func answers() (all []attack) {
	chunked := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
	chunk := fmt.Sprintf("%x\r\n%s\r\n", len(list), list)
	for _, a := range []struct {
		does, answer string
		rows         int64
	}{
		{"304 to a request without a condition", "HTTP/1.1 304 Not Modified\r\n\r\n", 0},
		{"an error as JSON with 200", ok(15, "") + `{"error":"wait"`, 0},
		{"status line without a version", "200 OK\r\n\r\n" + list, 0},
		{"status line of HTTP/9.9", "HTTP/9.9 200 OK\r\n\r\n" + list, anyRows},
		{"status 999", "HTTP/1.1 999 X\r\n\r\n", 0},
		{"status 099", "HTTP/1.1 099 X\r\n\r\n", 0},
		{"status -1", "HTTP/1.1 -01 X\r\n\r\n", 0},
		{"status of five digits", "HTTP/1.1 20000 X\r\n\r\n", 0},
		{"reason phrase with control sequences", "HTTP/1.1 500 \x1b[2J\x1b]0;x\a\r\n\r\n", 0},
		{"reason phrase of 1 MB", "HTTP/1.1 500 " + strings.Repeat("x", 1<<20) + "\r\n\r\n", 0},
		{"nothing", "", 0},
		{"one byte", "H", 0},
		{"binary", "\x16\x03\x01\x00\x00\x00\xff", 0},
		{"SSH", "SSH-2.0-OpenSSH_9\r\n", 0},
		{"HTTP/2 settings over clear text", "\x00\x00\x00\x04\x00\x00\x00\x00\x00", 0},
		{"100,000 header lines", closed + strings.Repeat("A: b\r\n", 100_000) + "\r\n" + list, 0},
		{"a header line of 2 MB", closed + "A: " + strings.Repeat("b", 2<<20) + "\r\n\r\n" + list, 0},
		{"header line without a colon", closed + "nonsense\r\n\r\n" + list, 0},
		{"header name with a blank", closed + "A B: c\r\n\r\n" + list, anyRows},
		{"header with NUL", closed + "A: \x00\r\n\r\n" + list, anyRows},
		{"folded header", closed + "A: b\r\n c\r\n\r\n" + list, goodRows},
		{"bare line feeds", "HTTP/1.1 200 OK\nConnection: close\n\n" + list, goodRows},
		{"length too short", ok(20, "") + list, anyRows},
		{"length too long", ok(len(list)+100, "") + list, 0},
		{"length of 2^62", "HTTP/1.1 200 OK\r\nContent-Length: 4611686018427387904\r\n\r\n" + list, 0},
		{"length of 2^70", "HTTP/1.1 200 OK\r\nContent-Length: 1180591620717411303424\r\n\r\n" + list, 0},
		{"length -1", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" + list, 0},
		{"length in hexadecimal", "HTTP/1.1 200 OK\r\nContent-Length: 0x10\r\n\r\n" + list, 0},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n" + list, 0},
		{"length and chunks", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + chunk + "0\r\n\r\n", anyRows},
		{"length 0", ok(0, ""), 0},
		{"chunks as they should be", chunked + chunk + "0\r\n\r\n", goodRows},
		{"chunks that are cut", chunked + chunk, 0},
		{"chunk of 2^68", chunked + "100000000000000000\r\nx", 0},
		{"chunk of negative size", chunked + "-5\r\nx", 0},
		{"chunk without a size", chunked + "\r\n\r\n", 0},
		{"chunk extension of 1 MB", chunked + "5;" + strings.Repeat("x", 1<<20) + "\r\nhello\r\n0\r\n\r\n", 0},
		{"chunk longer than it says", chunked + "3\r\n" + list + "\r\n0\r\n\r\n", 0},
		{"a million chunks of one byte", chunked + strings.Repeat("1\r\n#\r\n", 1_000_000) + "0\r\n\r\n", 0},
		{"trailers without end", chunked + chunk + "0\r\n" + strings.Repeat("A: b\r\n", 500_000), anyRows},
		{"trailer that changes the length", chunked + chunk + "0\r\nContent-Length: 1\r\n\r\n", anyRows},
		{"two transfer codings", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n" + chunk + "0\r\n\r\n", 0},
		{"unknown transfer coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\n\r\n" + list, 0},
		{"1,000 answers 100", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 1000) + ok(len(list), "") + list, anyRows},
		{"early hints", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + ok(len(list), "") + list, goodRows},
		{"early hints of 2 MB", strings.Repeat("HTTP/1.1 103 Early Hints\r\nA: "+strings.Repeat("b", 2000)+"\r\n\r\n", 1000) + ok(len(list), "") + list, anyRows},
		{"101 switching protocols", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n" + list, 0},
		{"204 with a body", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", 0},
		{"206 that nobody asked for", fmt.Sprintf("HTTP/1.1 206 P\r\nContent-Range: bytes 0-%d/%d\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(list)-1, len(list), len(list), list), anyRows},
		{"206 with a range that overflows", "HTTP/1.1 206 P\r\nContent-Range: bytes 0-9223372036854775807/9223372036854775808\r\nContent-Length: 5\r\n\r\nhello", 0},
		{"206 from the middle", "HTTP/1.1 206 P\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\nhello", 0},
		{"206 without a range", "HTTP/1.1 206 P\r\nContent-Length: 5\r\n\r\nhello", 0},
		{"206 in parts", "HTTP/1.1 206 P\r\nContent-Type: multipart/byteranges; boundary=x\r\nConnection: close\r\n\r\n--x\r\n\r\n", 0},
		{"416 that nobody asked for", "HTTP/1.1 416 X\r\nContent-Range: bytes */5\r\n\r\n", 0},
		{"401 with a challenge", "HTTP/1.1 401 X\r\nWWW-Authenticate: Basic realm=\"" + strings.Repeat("x", 10000) + "\"\r\n\r\n", 0},
		{"301 without a place", "HTTP/1.1 301 X\r\n\r\n", 0},
		{"301 to itself", "HTTP/1.1 301 X\r\nLocation: /list.txt\r\nConnection: close\r\n\r\n", 0},
		{"301 to a file", "HTTP/1.1 301 X\r\nLocation: file:///etc/passwd\r\n\r\n", 0},
		{"301 to a script", "HTTP/1.1 301 X\r\nLocation: javascript:alert(1)\r\n\r\n", 0},
		{"301 to the metadata of a cloud", "HTTP/1.1 301 X\r\nLocation: http://169.254.169.254/\r\n\r\n", 0},
		{"301 to another port", "HTTP/1.1 301 X\r\nLocation: http://127.0.0.1:1/\r\n\r\n", 0},
		{"301 with a password", "HTTP/1.1 301 X\r\nLocation: http://user:secret@127.0.0.1/\r\n\r\n", 0},
		{"301 to 1 MB", "HTTP/1.1 301 X\r\nLocation: /" + strings.Repeat("x", 1<<20) + "\r\n\r\n", 0},
		{"301 to what is not an address", "HTTP/1.1 301 X\r\nLocation: http://[::1%25/\r\n\r\n", 0},
		{"Retry-After of ten years", "HTTP/1.1 503 X\r\nRetry-After: 315360000\r\n\r\n", 0},
		{"Retry-After over 32 bits", "HTTP/1.1 503 X\r\nRetry-After: 99999999999999999999\r\n\r\n", 0},
		{"Retry-After of negative seconds", "HTTP/1.1 429 X\r\nRetry-After: -1\r\n\r\n", 0},
		{"Retry-After in the year 9999", "HTTP/1.1 429 X\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n\r\n", 0},
		{"gzip that is none", ok(len(list), "Content-Encoding: gzip\r\n") + list, anyRows},
		{"unknown content coding", ok(len(list), "Content-Encoding: br\r\n") + list, anyRows},
		{"ETag of 500 kB", ok(len(list), "ETag: \""+strings.Repeat("x", 500_000)+"\"\r\n") + list, anyRows},
		{"ETag with markup", ok(len(list), "ETag: \"<script>\"\r\nLast-Modified: yesterday\r\n") + list, goodRows},
		{"Last-Modified in the year 9999", ok(len(list), "Last-Modified: Fri, 31 Dec 9999 23:59:59 GMT\r\n") + list, goodRows},
		{"Date in the year 1", ok(len(list), "Date: Mon, 01 Jan 0001 00:00:00 GMT\r\n") + list, goodRows},
		{"1,000 cookies", ok(len(list), strings.Repeat("Set-Cookie: a=b; Domain=com\r\n", 1000)) + list, goodRows},
		{"a file name that leads out", ok(len(list), "Content-Disposition: attachment; filename=../../outside/x\r\n") + list, goodRows},
		{"a page in place of the file", ok(20, "Content-Type: text/html\r\n") + "<!DOCTYPE html><p>Hi", 0},
		{"a page as text", ok(20, "Content-Type: text/plain\r\n") + "<!DOCTYPE html><p>Hi", 0},
		{"NULs", ok(1000, "") + strings.Repeat("\x00", 1000), 0},
		{"UTF-16", ok(10, "") + "\xff\xfe1\x000\x00.\x000\x00", 0},
		{"half of the file", ok(len(list), "") + list[:20], 0},
		{"a line of 1 MB", ok(1<<20, "") + strings.Repeat("1", 1<<20), 0},
		{"good rows between bad ones", ok(len(list)+12, "") + list + "10.0.0.0/99\n", goodRows},
		{"a terminal's control sequences in a row", ok(len(list)+8, "") + list + "\x1b[2J\x1b[H\n", goodRows},
	} {
		all = append(all, attack{name: "http/" + a.does, rows: a.rows, arrange: func(s *scene) {
			s.hostile(func(c net.Conn, _ *http.Request) {
				io.WriteString(c, a.answer)
				if c, is := c.(*net.TCPConn); is { // what is not read of the request must not reset the connection
					c.CloseWrite()
					c.SetReadDeadline(time.Now().Add(time.Second))
					io.Copy(io.Discard, c)
				}
			})
		}})
	}
	return all
}

// conversations are servers of HTTP/1.1 that take their time, or have no end.
func conversations() (all []attack) {
	for does, f := range inOrder([]named[func(c net.Conn, r *http.Request)]{
		{"a byte now and then", func(c net.Conn, _ *http.Request) { drip(c, closed+"\r\n#") }},
		{"a body without end", func(c net.Conn, _ *http.Request) { io.WriteString(c, closed+"\r\n"+list); repeat(c, "# x\n") }},
		{"silence", func(c net.Conn, _ *http.Request) { io.Copy(io.Discard, c) }},
		{"silence after the head", func(c net.Conn, _ *http.Request) { io.WriteString(c, ok(100, "")); io.Copy(io.Discard, c) }},
		{"silence in the body", func(c net.Conn, _ *http.Request) { io.WriteString(c, ok(100, "")+list); io.Copy(io.Discard, c) }},
		{"a dripping header", func(c net.Conn, _ *http.Request) { drip(c, "HTTP/1.1 200 OK\r\nA: bbbb") }},
		{"headers without end", func(c net.Conn, _ *http.Request) { io.WriteString(c, closed); repeat(c, "A: b\r\n") }},
		{"a status line without end", func(c net.Conn, _ *http.Request) { io.WriteString(c, "HTTP/1.1 200 "); repeat(c, "x") }},
		{"100 without end", func(c net.Conn, _ *http.Request) { repeat(c, "HTTP/1.1 100 Continue\r\n\r\n") }},
		{"103 without end", func(c net.Conn, _ *http.Request) { repeat(c, "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n") }},
		{"chunks without end", func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
			repeat(c, "1\r\n#\r\n")
		}},
		{"trailers without end", func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
			repeat(c, "A: b\r\n")
		}},
		{"a reset", func(c net.Conn, _ *http.Request) { c.(*net.TCPConn).SetLinger(0) }},
		{"a reset in the body", func(c net.Conn, _ *http.Request) {
			io.WriteString(c, ok(100, "")+list)
			time.Sleep(50 * time.Millisecond)
			c.(*net.TCPConn).SetLinger(0)
		}},
		{"redirects without end", func(c net.Conn, r *http.Request) {
			fmt.Fprintf(c, "HTTP/1.1 302 X\r\nLocation: %sx\r\nConnection: close\r\n\r\n", r.URL.Path)
		}},
		{"an error page without end", func(c net.Conn, _ *http.Request) { io.WriteString(c, "HTTP/1.1 500 X\r\n\r\n"); repeat(c, "x") }},
		{"a redirect with a body without end", func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 302 X\r\nLocation: /y\r\n\r\n")
			repeat(c, "x")
		}},
		{"another ETag and half a file each time", func(c net.Conn, r *http.Request) {
			io.WriteString(c, ok(1000, fmt.Sprintf("ETag: \"%d\"\r\nAccept-Ranges: bytes\r\n", time.Now().UnixNano()))+list)
		}},
		{"one ETag, and other bytes in the range", func(c net.Conn, r *http.Request) {
			if r.Header.Get("Range") == "" {
				io.WriteString(c, ok(100, "ETag: \"a\"\r\nAccept-Ranges: bytes\r\n")+list)
				return
			}
			io.WriteString(c, "HTTP/1.1 206 P\r\nETag: \"a\"\r\nContent-Range: bytes 0-99/100\r\nContent-Length: 100\r\nConnection: close\r\n\r\n"+strings.Repeat("x", 100))
		}},
	}) {
		all = append(all, attack{name: "conversation/" + does, rows: 0, codes: []int{3}, arrange: func(s *scene) { s.hostile(f) }})
	}
	for does, f := range inOrder([]named[func(c net.Conn, r *http.Request)]{
		{"silence", func(c net.Conn, _ *http.Request) { io.Copy(io.Discard, c) }},
		{"a byte now and then", func(c net.Conn, _ *http.Request) { drip(c, ok(1000, "ETag: \"a\"\r\n")+"#") }},
	}) {
		all = append(all, attack{name: "short share/" + does, rows: 0, codes: []int{3}, arrange: func(s *scene) {
			s.config = strings.NewReplacer(`host = "6s"`, `host = "2s"`, `stall = "1s"`, `stall = "30s"`, `document = "2s"`, `document = "30s"`).Replace(s.config)
			s.hostile(f)
		}})
	}
	return all
}

// named is a value with a name.
type named[T any] struct {
	name  string
	value T
}

// inOrder ranges over named values.
func inOrder[T any](all []named[T]) func(func(string, T) bool) {
	return func(yield func(string, T) bool) {
		for _, n := range all {
			if !yield(n.name, n.value) {
				return
			}
		}
	}
}

// robots are hostile robots.txt.
func robots() (all []attack) {
	for does, answer := range inOrder([]named[string]{
		{"drips", ""},
		{"forbids everything", "HTTP/1.1 200 OK\r\n\r\nUser-agent: *\nDisallow: /\n"},
		{"redirects to a file", "HTTP/1.1 301 X\r\nLocation: file:///etc/passwd\r\n\r\n"},
		{"redirects to itself", "HTTP/1.1 301 X\r\nLocation: /robots.txt\r\n\r\n"},
		{"fails", "HTTP/1.1 503 X\r\nRetry-After: 1000000\r\n\r\n"},
		{"is a page", "HTTP/1.1 200 OK\r\n\r\n<html>"},
		{"has 40 MB", "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("Disallow: /x\n", 3_200_000)},
		{"has 3,000 wildcards", "HTTP/1.1 200 OK\r\n\r\nUser-agent: *\n" + strings.Repeat("Disallow: /*a*a*a*a*a*a*a*b$\n", 3000)},
		{"has a delay of 10^20", "HTTP/1.1 200 OK\r\n\r\nUser-agent: *\nCrawl-delay: 100000000000000000000\n"},
		{"has a negative delay", "HTTP/1.1 200 OK\r\n\r\nUser-agent: *\nCrawl-delay: -1\n"},
		{"has a delay that is not a number", "HTTP/1.1 200 OK\r\n\r\nUser-agent: *\nCrawl-delay: NaN\n"},
		{"is not modified", "HTTP/1.1 304 X\r\n\r\n"},
	}) {
		all = append(all, attack{name: "robots/" + does, rows: anyRows, arrange: func(s *scene) {
			s.source("evil", "bogon-list", fmt.Sprintf("urls = [%q]", "http://"+s.serve(func(c net.Conn) {
				r, err := http.ReadRequest(bufio.NewReader(c))
				switch {
				case err != nil:
				case r.URL.Path != "/robots.txt":
					io.WriteString(c, ok(len(list), "")+list)
				case answer == "":
					drip(c, "HTTP/1.1 200 OK\r\n\r\n#")
				default:
					io.WriteString(c, answer)
				}
			})+"/list.txt"))
		}})
	}
	return all
}

// listings are hostile listings of an archive of dumps, pages of the Datatracker, and lists of domains.
func listings() (all []attack) {
	page := func(does, keys, kind, content string) {
		all = append(all, attack{name: kind + "/" + does, rows: anyRows, arrange: func(s *scene) {
			base := "http://" + s.speak(func(c net.Conn, r *http.Request) {
				fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(content), content)
			})
			s.configure(fmt.Sprintf("[[source]]\nname = \"evil\"\nkind = %q\n"+keys+"\n", kind, base))
		}})
	}
	const ris = "archive = \"ris\"\ncollectors = [\"all\"]\nbase = [%q]\nsince = \"2026-11-01\""
	row := func(name string) string { return "<a href=\"" + name + "\">x</a> 2026-11-25 00:00 1M\n" }
	for does, content := range inOrder([]named[string]{
		{"512 open elements", strings.Repeat("<div>", 600)},
		{"names that lead elsewhere", row("../../etc/passwd") + row("//example.net/bview.20261101.0000.gz") + row("file:///etc/passwd") + row("..%2f..%2fx") + row("rrc00%00/")},
		{"100,000 links", strings.Repeat(row("bview.20261101.0000.gz"), 100_000)},
		{"a million elements", strings.Repeat("<b>", 1_000_000)},
		{"days that no calendar has", row("bview.20261199.9999.gz") + row("bview.00000000.0000.gz")},
		{"an attribute of 4 MB", "<a href=\"" + strings.Repeat("x", 4<<20)},
		{"sizes that overflow", "<a href=\"bview.20261101.0000.gz\">x</a> 2026-11-01 00:00 99999999999999999999G"},
		{"control characters", row("\x1b[2Jbview.20261101.0000.gz")},
		{"nothing", ""},
		{"a frameset", "<frameset><frame src=\"file:///etc/passwd\">"},
		{"a million collectors", strings.Repeat(row("rrc99/"), 1_000_000)[:8<<20]},
	}) {
		page(does, ris, "mrt", content)
	}
	const api = "urls = [\"%s/api/v1/\"]"
	for does, content := range inOrder([]named[string]{
		{"a next page that is itself", `{"meta":{"next":"?x"},"objects":[]}`},
		{"a next page elsewhere", `{"meta":{"next":"http://169.254.169.254/"},"objects":[]}`},
		{"a next page that is a file", `{"meta":{"next":"file:///etc/passwd"},"objects":[]}`},
		{"objects that are numbers", `{"meta":{"next":null},"objects":[1,2,null,"x",[]]}`},
		{"depth", strings.Repeat("[", 1_000_000)},
		{"no JSON", "<html>"},
		{"names with control characters", `{"meta":{"next":null},"objects":[{"name":"draft-\u001b[2J","rev":"../.."}]}`},
		{"a name of 4 MB", `{"meta":{"next":null},"objects":[{"name":"draft-` + strings.Repeat("x", 4<<20) + `"}]}`},
		{"100,000 drafts", `{"meta":{"next":null},"objects":[` + strings.TrimSuffix(strings.Repeat(`{"name":"draft-x","rev":"00"},`, 100_000), ",") + `]}`},
		{"nothing", "{}"},
	}) {
		page(does, api, "datatracker", content)
	}
	return all
}
