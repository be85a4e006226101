package mrt

import (
	"bytes"
	"unicode/utf8"
)

// foreign are the beginnings of content that is not MRT. None of them can be a record: what would be its type is not one.
var foreign = []struct{ magic, is string }{
	{"\xa1\xb2\xc3\xd4", packetCapture}, {"\xd4\xc3\xb2\xa1", packetCapture}, {"\xa1\xb2\x3c\x4d", packetCapture}, {"\x4d\x3c\xb2\xa1", packetCapture},
	{"\x0a\x0d\x0d\x0a", "a packet capture (pcapng)"},
	{"PAR1", "Parquet"}, {"ARROW1", "Arrow"}, {"SQLite format 3", "an SQLite database"},
	{"%PDF-", "PDF"}, {"\x89PNG", "a picture (PNG)"}, {"\x7fELF", "a program (ELF)"},
}

const packetCapture = "a packet capture (pcap)"

// Foreign names what content that starts so is if it is not MRT, for example "a web page (HTML)". It is empty if the content may be
// MRT.
func Foreign(start []byte) string {
	for _, f := range foreign {
		if bytes.HasPrefix(start, []byte(f.magic)) {
			return f.is
		}
	}
	if len(start) == 0 || !isText(start) {
		return ""
	}
	text := bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(start, []byte("\ufeff"))))
	for _, f := range []struct{ start, is string }{
		{"<!doctype html", "a web page (HTML)"}, {"<html", "a web page (HTML)"}, {"<?xml", "XML"}, {"{", "JSON"}, {"[", "JSON"},
		{"table_dump", "the text of bgpdump"}, {"bgp4mp", "the text of bgpdump"}, {"time: ", "the text of bgpdump"},
		{"bgp table version", "the text of a router (show ip bgp)"}, {"version https://git-lfs", "a pointer of Git LFS"},
	} {
		if bytes.HasPrefix(text, []byte(f.start)) {
			return f.is
		}
	}
	return "text"
}

// isText reports whether content that starts so is UTF-8 without control characters, which every MRT header has.
func isText(start []byte) bool {
	for len(start) > 0 {
		r, size := utf8.DecodeRune(start)
		switch {
		case r == utf8.RuneError && size <= 1:
			return len(start) < utf8.UTFMax && !utf8.FullRune(start) // cut off
		case r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' && r != 0x1b, r == 0x7f:
			return false
		}
		start = start[size:]
	}
	return true
}
