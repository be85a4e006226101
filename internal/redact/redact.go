// Package redact removes from texts what is nobody's business: passwords and tokens in URLs, and where files lie on this machine. What is
// stored of errors passes through it once, before it reaches a record, an alert or the site.
package redact

import (
	"net/url"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxText is the longest text that is stored, in bytes: whoever serves a file can make an error as long as the file.
const maxText = 500

// hidden replaces what was removed.
const hidden = "REDACTED"

var (
	address = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s"'<>\x60]+`)
	file    = regexp.MustCompile(`(^|[\s"'(=:,\[])((?:/[^\s/"':,;()\[\]]+){2,}/?)`)
	secret  = regexp.MustCompile(`(?i)^(x-(amz|goog)-.*|awsaccesskeyid|googleaccessid|sig|signature|.*token|.*auth|.*key|.*key_?id|.*secret|passw(or)?d|pwd|pass|user|username|login|credential|session.*)$`)
)

// URL returns an address without its password, and without the values of parameters that let a stranger in.
func URL(address string) string {
	scheme, rest, is := strings.Cut(address, "://")
	if !is {
		return address
	}
	rest, fragment, hasFragment := strings.Cut(rest, "#")
	rest, query, hasQuery := strings.Cut(rest, "?")
	authority, below, hasPath := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		authority = hidden + authority[at:]
	}
	text := scheme + "://" + authority
	if hasPath {
		text += "/" + below
	}
	if hasQuery {
		text += "?" + parameters(query)
	}
	if hasFragment {
		text += "#" + fragment
	}
	return text
}

func parameters(query string) string {
	all := strings.Split(query, "&")
	for i, p := range all {
		name, _, has := strings.Cut(p, "=")
		if plain, err := url.QueryUnescape(name); has && (err != nil || secret.MatchString(plain)) {
			all[i] = name + "=" + hidden
		}
	}
	return strings.Join(all, "&")
}

// Secrets returns a text in which each address is as URL returns it.
func Secrets(text string) string { return address.ReplaceAllStringFunc(text, URL) }

// Text returns what may be stored and published of a text: Secrets, without the folders of this machine, valid UTF-8, and no longer than
// 500 bytes.
func Text(text string) string {
	if len(text) > 4*maxText {
		text = text[:4*maxText] // what follows cannot matter
	}
	var plain strings.Builder
	for len(text) > 0 {
		at := address.FindStringIndex(text)
		if at == nil {
			at = []int{len(text), len(text)}
		}
		plain.WriteString(file.ReplaceAllStringFunc(text[:at[0]], withoutFolder))
		if found := URL(text[at[0]:at[1]]); strings.HasPrefix(strings.ToLower(found), "file://") {
			plain.WriteString("file:" + path.Base(found))
		} else {
			plain.WriteString(found)
		}
		text = text[at[1]:]
	}
	return cut(strings.ToValidUTF8(plain.String(), "\ufffd"))
}

// withoutFolder returns the last element of a path, with the character before it.
func withoutFolder(found string) string {
	before := found[:strings.IndexByte(found, '/')]
	return before + "…/" + path.Base(found)
}

// cut returns the text, or its beginning and an ellipsis, at the boundary of a rune.
func cut(text string) string {
	const ellipsis = "…"
	if len(text) <= maxText {
		return text
	}
	end := maxText - len(ellipsis)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + ellipsis
}
