package readiness

import (
	"fmt"
	"strings"

	"tidemark/datasets"
)

// hostProblems are the reasons of hosts that a page loads from and that work over IPv4 only, in words.
var hostProblems = map[string]string{
	"no-aaaa": "it has no AAAA record", "refused": "it refuses connections over IPv6", "timeout": "it does not answer over IPv6",
	"unreachable": "it cannot be reached over IPv6", "tls_error": "its TLS handshake fails over IPv6",
}

// addQuality adds what makes a page worse over IPv6 than over IPv4, apart from what fails.
func (r *remedies) addQuality(p datasets.DomainPage) {
	where := p.Service + "://" + p.Host + "/"
	if p.Failing != "" {
		for one := range strings.SplitSeq(p.Failing, ",") {
			host, reason, _ := strings.Cut(one, "=")
			problem, known := hostProblems[reason]
			if !known {
				problem = "it fails over IPv6 (" + reason + ")"
			}
			r.add("web", where, fmt.Sprintf("the page loads from %s, which works over IPv4 only: %s", host, problem),
				"Ask the operator of "+host+" for IPv6, load the same from a host that has it, or serve it from your own.")
		}
	}
	switch {
	case p.Large == "lost":
		r.add("web", where, "the connection opens over IPv6, but what is larger than a small packet does not arrive",
			"Allow ICMPv6 Packet Too Big on the way to the server (RFC 4890), or lower the segment size that it offers over IPv6 to 1,220 bytes.")
	case p.Quality == "slower":
		r.add("web", where, slowness(p), "Compare the ways that packets take (`traceroute -4` and `-6`): often the provider or a tunnel carries IPv6 farther.")
	}
	if p.HTTP3 == "ipv4" && p.Bytes6 != nil {
		r.add("web", where, "HTTP/3 works over IPv4, but not over IPv6",
			"Make the server listen on UDP port 443 over IPv6 too (nginx: `listen [::]:443 quic;`), and allow it in the firewall.")
	}
}

// slowness returns by how much IPv6 is slower, in words.
func slowness(p datasets.DomainPage) string {
	four, six, what := p.Connect4, p.Connect6, "the connection"
	if p.TLS4 != nil && p.TLS6 != nil && four != nil && six != nil {
		with4, with6 := *four+*p.TLS4, *six+*p.TLS6
		four, six, what = &with4, &with6, "the connection with TLS"
	}
	if four == nil || six == nil {
		return "a client that tries both families uses IPv4"
	}
	return fmt.Sprintf("%s takes %.0f ms over IPv6 and %.0f ms over IPv4, so a client that tries both uses IPv4 (Happy Eyeballs)", what, *six, *four)
}
