// Package man writes manual pages from the declarations that --help shows.
package man

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"tidemark"
)

// Pages returns tidemark.1 and a page for each verb, by file name. day is that of the release, YYYY-MM-DD or empty: the same
// source gives the same pages.
func Pages(model *kong.Application, day string) map[string]string {
	pages := map[string]string{"tidemark.1": mainPage(model, day)}
	for _, verb := range model.Children {
		if !verb.Hidden {
			pages["tidemark-"+verb.Name+".1"] = verbPage(verb, day)
		}
	}
	return pages
}

// roff escapes text for a line of its own.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "\n", " ").Replace(strings.TrimSpace(text))
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}

// heading returns the head of a page.
func heading(name, day string) string {
	return fmt.Sprintf(".TH %s 1 \"%s\" \"tidemark %s\" \"Tidemark\"\n", strings.ToUpper(roff(name)), day, tidemark.Version)
}

func mainPage(model *kong.Application, day string) string {
	var b strings.Builder
	b.WriteString(heading("tidemark", day))
	fmt.Fprintf(&b, ".SH NAME\ntidemark \\- %s\n", roff(lowered(model.Help)))
	b.WriteString(".SH SYNOPSIS\n.B tidemark\n[\\fIoptions\\fR] \\fIverb\\fR [\\fIarguments\\fR]\n")
	b.WriteString(".SH DESCRIPTION\n" + roff(`One program, run by cron, collects raw public data (BGP table dumps, registry files, the RFC index, IPv6 probes), turns it into open Parquet datasets, answers questions over them in SQL, and renders a static site that people browse and download from.`) + "\n")
	b.WriteString(".SH VERBS\n")
	for _, verb := range model.Children {
		if !verb.Hidden {
			fmt.Fprintf(&b, ".TP\n.BR tidemark\\-%s (1)\n%s\n", roff(verb.Name), roff(verb.Help))
		}
	}
	writeFlags(&b, "OPTIONS", model.Flags)
	b.WriteString(`.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
Failed.
.TP
.B 2
Wrong usage, or a mistake in the configuration.
.TP
.B 3
Done in part: something was reported, the rest stands.
.TP
.B 75
Another run is at work.
.SH ENVIRONMENT
.TP
.B NO_COLOR
Where it is set, nothing is coloured.
.TP
.B GOMEMLIMIT
Memory at which the garbage collector begins to work harder, such as 1GiB.
.TP
.B HTTP_PROXY, HTTPS_PROXY, NO_PROXY
Proxy for all requests.
.TP
.B AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, GS_ACCESS_KEY_ID, GS_SECRET_ACCESS_KEY
Credentials of object storage.
.SH FILES
.TP
.I tidemark.toml
The configuration, where
.B \-\-config
names no other.
.TP
.I data
Archive, datasets, answers and site, where neither
.B \-\-data
nor the configuration names another folder.
.SH SEE ALSO
The operator's guide, docs/operating.md.
`)
	return b.String()
}

func verbPage(verb *kong.Node, day string) string {
	var b strings.Builder
	b.WriteString(heading("tidemark-"+verb.Name, day))
	fmt.Fprintf(&b, ".SH NAME\ntidemark\\-%s \\- %s\n", roff(verb.Name), roff(lowered(verb.Help)))
	b.WriteString(".SH SYNOPSIS\n")
	leaves := []*kong.Node{verb}
	if !verb.Leaf() {
		leaves = verb.Leaves(true)
	}
	for i, leaf := range leaves {
		if i > 0 {
			b.WriteString(".br\n")
		}
		fmt.Fprintf(&b, ".B %s\n", roff(leaf.FullPath()))
		if arguments := synopsis(leaf); arguments != "" {
			b.WriteString(arguments + "\n")
		}
	}
	b.WriteString(".SH DESCRIPTION\n" + roff(verb.Help) + "\n")
	for _, leaf := range leaves {
		writeLeaf(&b, leaf, leaf != verb)
	}
	b.WriteString(".SH SEE ALSO\n.BR tidemark (1),\nwhich has the options of all verbs and the exit status\n")
	return b.String()
}

// writeLeaf writes what a verb, or one verb below it, is about.
func writeLeaf(b *strings.Builder, leaf *kong.Node, below bool) {
	indent := ""
	if below {
		fmt.Fprintf(b, ".SH %s\n%s\n", strings.ToUpper(roff(strings.TrimPrefix(leaf.FullPath(), "tidemark "))), roff(leaf.Help))
		indent = ".SS "
	}
	prose, lines, found := strings.Cut(leaf.Detail, "Examples:\n")
	for paragraph := range strings.SplitSeq(strings.TrimSpace(prose), "\n\n") {
		if paragraph != "" {
			b.WriteString(".PP\n" + roff(paragraph) + "\n")
		}
	}
	if len(leaf.Positional) > 0 {
		b.WriteString(title(indent, "Arguments"))
		for _, p := range leaf.Positional {
			fmt.Fprintf(b, ".TP\n.I %s\n%s\n", roff(strings.ToUpper(p.Name)), roff(p.Help))
		}
	}
	if len(leaf.Flags) > 0 {
		writeFlags(b, title(indent, "Options"), leaf.Flags)
	}
	if found {
		b.WriteString(title(indent, "Examples") + ".nf\n")
		for line := range strings.SplitSeq(strings.TrimSpace(lines), "\n") {
			b.WriteString(roff(line) + "\n")
		}
		b.WriteString(".fi\n")
	}
}

// title returns the heading of a part: of a section of the page, or of a part of a section.
func title(indent, text string) string {
	if indent == "" {
		return ".SH " + strings.ToUpper(text) + "\n"
	}
	return indent + text + "\n"
}

func synopsis(leaf *kong.Node) string {
	var parts []string
	if len(leaf.Flags) > 0 {
		parts = append(parts, `[\fIoptions\fR]`)
	}
	for _, p := range leaf.Positional {
		text := `\fI` + roff(strings.ToUpper(p.Name)) + `\fR`
		if p.IsSlice() {
			text += " ..."
		}
		if !p.Required {
			text = "[" + text + "]"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " ")
}

func writeFlags(b *strings.Builder, head string, flags []*kong.Flag) {
	if !strings.HasPrefix(head, ".") {
		head = ".SH " + head + "\n"
	}
	b.WriteString(head)
	for _, f := range flags {
		if f.Hidden {
			continue
		}
		b.WriteString(".TP\n")
		if f.Short != 0 {
			fmt.Fprintf(b, `\fB\-%c\fR, `, f.Short)
		}
		fmt.Fprintf(b, `\fB\-\-%s\fR`, roff(f.Name))
		if !f.IsBool() {
			fmt.Fprintf(b, `=\fI%s\fR`, roff(f.FormatPlaceHolder()))
		}
		fmt.Fprintf(b, "\n%s\n", roff(f.Help))
	}
}

// lowered returns a sentence as a NAME section has it: without a capital and a full stop.
func lowered(sentence string) string {
	sentence = strings.TrimSuffix(sentence, ".")
	if len(sentence) > 1 && strings.ToUpper(sentence[1:2]) != sentence[1:2] { // no acronym
		sentence = strings.ToLower(sentence[:1]) + sentence[1:]
	}
	return sentence
}
