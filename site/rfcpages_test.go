package site

import (
	"slices"
	"strings"
	"testing"

	"tidemark/datasets"
	"tidemark/rfcwatch/dossier"
	"tidemark/rfcwatch/text"
)

// TestUnwatchedRFCs: each document has a page that says what is known of it, and nothing that changes from day to day.
func TestUnwatchedRFCs(t *testing.T) {
	t.Parallel()
	files := made(t)
	for path, wants := range map[string][]string{
		"rfc/1883.html": {"<strong>Obsolete since 1998-12.</strong>", `<a href="../rfc/2460.html">RFC` + "\u00a0" + `2460</a> <span dir="auto">Internet Protocol, Version 6 (IPv6)</span> (obsolete itself) replaces it.`,
			`<strong>RFC 1883</strong> (<span class="day">1995-12</span>) → <a href="../rfc/2460.html">`, `RFC` + "\u00a0" + `8200</a> (<span class="day">2017-12</span>).`, "S. Deering, &lt;Ed.&gt;", `<a href="../wg/ipngwg.html">`},
		"rfc/2460.html": {"url1=rfc1883&amp;url2=rfc2460", "@misc{rfc2460,", "&lt;reference anchor=&#34;RFC2460&#34;"},
		"rfc/7777.html": {"<h1>RFC 7777 was never issued</h1>", "no document has this number or ever will"},
		"rfc/8174.html": {"<strong>Obsolete.</strong> The index does not say what replaces it."},
		"rfc/8446.html": {"<strong>proposed standard</strong>", `<a href="../wg/tls.html">`},
		"rfc/2119.html": {"None of the RFC index snapshots collected so far lists this document", `id="e493"`, "&lt;/pre&gt;", "The text is not at hand"},
		"rfc/8200.html": {"1 verified, 1 held, 1 reported, 1 rejected; the last of these records changed on", "In the order of the text", `found by the erratum’s own words with a confidence of 100 %`,
			"<del>&lt;never&gt;</del> <ins>&lt;always&gt;</ins>", "Not found in the text", "The text does not have what it quotes", "It quotes nothing of the text", `href="../data/errata/rfc8200.json"`, "4.5 &lt;b&gt;"},
		"rfcs/rfc6052.html": {`<meta http-equiv="refresh" content="0; url=../rfc/6052.html">`, `<a id="to" href="../rfc/6052.html">`},
		"rfcs/list-1.html":  {`<a href="../rfc/1883.html">`, "<s>Internet Protocol, Version 6 (IPv6) Specification</s>"},
	} {
		for _, want := range wants {
			if !strings.Contains(files[path], want) {
				t.Errorf("%s lacks %q", path, want)
			}
		}
	}
	for _, path := range []string{"rfc/1883.html", "rfc/7777.html", "rfc/8446.html"} {
		if len(files[path]) > 12<<10 {
			t.Errorf("%s has %d bytes, want 12 kB at most", path, len(files[path]))
		}
		if strings.Contains(files[path], "2025-12-01") {
			t.Errorf("%s names the day of the index, so it changes with each one", path)
		}
	}
	rejected := files["rfc/8200.html"]
	if strings.Contains(rejected, "<ins>two") {
		t.Error("a rejected erratum corrects the text")
	}
	if first, second := strings.Index(rejected, `id="e5173"`), strings.Index(rejected, `id="e5170"`); first > second {
		t.Error("errata are not in the order of the text")
	}
	if strings.Contains(files["rfcs/list-8.html"], "<s>The Transport") {
		t.Error("a current document is struck through")
	}
}

func TestGroupPages(t *testing.T) {
	t.Parallel()
	files := made(t)
	for path, wants := range map[string][]string{
		"wg/ipngwg.html": {"credits 2 RFCs to ipngwg, the newest of <span class=\"day\">1998-12</span>; 2 are obsolete.", "<s>Internet Protocol, Version 6 (IPv6) Specification</s> obsolete, now <a href=\"../rfc/2460.html\">"},
		"wg/v6ops.html":  {"credits no RFC to v6ops yet", "draft-ietf-v6ops-x-03", "A &lt;i&gt; title", "pub-req"},
		"wg/index.html":  {`<a href="../wg/6man.html">6man</a> 1`, `<a href="../wg/v6ops.html">v6ops</a> 0 + 1 draft`},
	} {
		for _, want := range wants {
			if !strings.Contains(files[path], want) {
				t.Errorf("%s lacks %q", path, want)
			}
		}
	}
	for name := range files {
		if strings.HasPrefix(name, "wg/") && strings.Contains(name, "x.html") && name != "wg/index.html" {
			t.Errorf("a group that is called ../x has the page %s", name)
		}
	}
	for wg, want := range map[string]string{"idr": "idr", "IESG": "iesg", "../x": "", "": "", "index": "", "a b": "", "6man": "6man"} {
		if got := groupName(wg); got != want {
			t.Errorf("group %q: %q, want %q", wg, got, want)
		}
	}
}

func TestErrataPages(t *testing.T) {
	t.Parallel()
	files := made(t)
	for path, wants := range map[string][]string{
		"errata/index.html": {"has 6 errata of 3 RFCs", "Of 5 errata whose document’s text is at hand, 3 were found", "held for document update",
			`<a href="../errata/verified-2018.html">2018</a>`, `<a href="../errata/reported-undated.html">undated</a>`, `<a href="../rfc/8200.html#e5173">5173</a>`},
		"errata/verified-2018.html":    {"1 erratum reported in 2018 has the state <strong>verified</strong>", "4.5 &lt;b&gt;", `<a href="../rfc/8200.html#e5170">`},
		"errata/verified-undated.html": {`<a href="../rfc/2119.html#e493">`},
	} {
		for _, want := range wants {
			if !strings.Contains(files[path], want) {
				t.Errorf("%s lacks %q", path, want)
			}
		}
	}
	index := files["errata/index.html"]
	if newer, older := strings.Index(index, "#e5173"), strings.Index(index, "#e5170"); newer < 0 || newer > older {
		t.Error("errata are not listed newest first")
	}
}

// TestCorrection: a correction is shown in the text only where it is sure what it replaces.
func TestCorrection(t *testing.T) {
	t.Parallel()
	const stands = "A router MUST send the message twice, and then it MUST wait."
	erratum := func(status, original, corrected string, quoted ...text.Paragraph) dossier.Erratum {
		return dossier.Erratum{RFCErratum: datasets.RFCErratum{Status: status, Original: original, Corrected: corrected}, Quoted: quoted}
	}
	paragraph := text.Paragraph{Text: stands}
	for name, test := range map[string]struct {
		erratum dossier.Erratum
		want    string
	}{
		"words":           {erratum("verified", "send  the\n message twice", "send the message once", paragraph), "-twice, +once,"},
		"twice in it":     {erratum("verified", "MUST", "SHOULD", paragraph), ""},
		"at the end":      {erratum("reported", "wait.", "stop.", paragraph), "-wait. +stop."},
		"rejected":        {erratum("rejected", "twice", "once", paragraph), ""},
		"other words":     {erratum("verified", "three times", "once", paragraph), ""},
		"nothing":         {erratum("verified", "", "once", paragraph), ""},
		"no correction":   {erratum("verified", "wait.", " ", paragraph), ""},
		"two paragraphs":  {erratum("verified", "wait.", "stop.", paragraph, paragraph), ""},
		"a figure":        {erratum("verified", "wait.", "stop.", text.Paragraph{Text: stands, Figure: true}), ""},
		"new paragraphs":  {erratum("verified", "wait.", "stop.\n\nThen go.", paragraph), ""},
		"beyond the text": {erratum("verified", "wait. Then", "stop.", paragraph), ""},
	} {
		var got []string
		for _, p := range correction(test.erratum) {
			got = append(got, map[string]string{"removed": "-", "added": "+", "same": ""}[p.Kind]+p.Text)
		}
		if all := strings.Join(got, " "); (test.want == "") != (all == "") || !strings.Contains(all, test.want) {
			t.Errorf("%s: %q, want %q", name, all, test.want)
		}
	}
}

// TestSuccession: lines end although documents may obsolete each other.
func TestSuccession(t *testing.T) {
	t.Parallel()
	relation := func(number uint32, kind string, target uint32) datasets.RFCRelation {
		return datasets.RFCRelation{Number: number, Relation: kind, TargetNumber: target}
	}
	rfcs := map[int]*dossier.RFC{}
	for _, r := range []datasets.RFCRelation{relation(2, "obsoletes", 1), relation(2, "obsoleted-by", 3), relation(1, "obsoletes", 3), relation(4, "obsoletes", 4)} {
		for _, n := range []uint32{r.Number, r.TargetNumber} {
			if rfcs[int(n)] == nil {
				rfcs[int(n)] = &dossier.RFC{Number: int(n)}
			}
			rfcs[int(n)].Relations = append(rfcs[int(n)].Relations, r)
		}
	}
	f := &facts{frame: &frame{rfcs: rfcs}}
	if got := f.reach(rfcs[1], successors); !slices.Equal(got, []int{2, 3}) {
		t.Errorf("after RFC 1: %v", got)
	}
	if got := f.reach(rfcs[2], predecessors); !slices.Equal(got, []int{1, 3}) {
		t.Errorf("before RFC 2: %v", got)
	}
	if isObsolete(rfcs[4]) {
		t.Error("a document obsoletes itself")
	}
}
