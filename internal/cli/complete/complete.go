// Package complete completes command lines in bash, zsh and fish from the declarations of the verbs.
package complete

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Command is the hidden verb that the shells call. Behind it come the words of the line up to the one that is being typed.
const Command = "__complete"

// Word is a word that may come next, and what it does.
type Word struct{ Word, Help string }

// Names returns the words that are not in the declarations: those of a list that a tag "complete" names, such as sources, with
// the configuration that the line names; empty: it names none.
type Names func(list, configuration string) []Word

// Write writes what may replace the last of the words: a line each of a word, a tab, and what it does.
func Write(out io.Writer, model *kong.Application, words []string, names Names) {
	if len(words) == 0 {
		return
	}
	before, last := words[:len(words)-1], words[len(words)-1]
	for _, s := range next(model.Node, before, last, names) {
		if strings.HasPrefix(s.Word, last) {
			fmt.Fprintf(out, "%s\t%s\n", s.Word, s.Help)
		}
	}
}

// next returns what may follow the words before; last is what is typed of it so far.
func next(node *kong.Node, before []string, last string, names Names) (found []Word) {
	l := readLine(node, before)
	switch {
	case l.pending != nil:
		return values(l.pending.Value, l.configuration, names)
	case strings.HasPrefix(last, "-"):
		for _, flags := range meant(l.node).AllFlags(true) {
			for _, f := range flags {
				found = append(found, Word{"--" + f.Name, f.Help})
			}
		}
		return found
	}
	for _, child := range l.node.Children {
		if !child.Hidden {
			found = append(found, Word{child.Name, child.Help})
		}
	}
	if arguments := meant(l.node).Positional; len(arguments) > 0 {
		at := min(l.position, len(arguments)-1)
		if l.position == at || arguments[at].IsSlice() {
			found = append(found, values(arguments[at], l.configuration, names)...)
		}
	}
	return found
}

// line is what the words of a command line say.
type line struct {
	node          *kong.Node // the verb
	position      int        // of the next argument
	pending       *kong.Flag // waits for its value
	configuration string
}

func readLine(node *kong.Node, words []string) line {
	l := line{node: node}
	for _, word := range words {
		switch {
		case l.pending != nil:
			l.set(l.pending, word)
			l.pending = nil
		case strings.HasPrefix(word, "-"):
			name, value, given := strings.Cut(word, "=")
			f := flagOf(meant(l.node), name)
			switch {
			case f == nil:
			case given:
				l.set(f, value)
			case !f.IsBool():
				l.pending = f
			}
		default:
			if child := childOf(l.node, word); child != nil {
				l.node, l.position = child, 0
			} else {
				l.position++
			}
		}
	}
	return l
}

func (l *line) set(f *kong.Flag, value string) {
	if f.Name == "config" {
		l.configuration = value
	}
}

// meant returns the verb that a line means if it names no further one.
func meant(node *kong.Node) *kong.Node {
	if node.DefaultCmd != nil {
		return node.DefaultCmd
	}
	return node
}

func flagOf(node *kong.Node, word string) *kong.Flag {
	for _, flags := range node.AllFlags(false) {
		for _, f := range flags {
			if word == "--"+f.Name || f.Short != 0 && word == "-"+string(f.Short) {
				return f
			}
		}
	}
	return nil
}

func childOf(node *kong.Node, word string) *kong.Node {
	i := slices.IndexFunc(node.Children, func(c *kong.Node) bool { return c.Name == word })
	if i < 0 {
		return nil
	}
	return node.Children[i]
}

// values returns what a flag or argument may be: the values of its declaration, or the list that its tag names.
func values(v *kong.Value, configuration string, names Names) (found []Word) {
	if v.Enum != "" {
		for _, word := range v.EnumSlice() {
			found = append(found, Word{word, ""})
		}
		return found
	}
	if list := v.Tag.Get("complete"); list != "" {
		return names(list, configuration)
	}
	return nil
}

// Script returns the completion script of bash, zsh or fish; empty for other shells.
func Script(shell string) string {
	return map[string]string{"bash": bash, "zsh": zsh, "fish": fish}[shell]
}

// The shells ask the program itself, so that they know the names of this configuration. If it has nothing to say, they
// complete the names of files.
const (
	bash = `# bash completion of tidemark
_tidemark() {
	local line
	COMPREPLY=()
	while IFS= read -r line; do
		COMPREPLY+=("${line%%$'\t'*}")
	done < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o bashdefault -o default -F _tidemark tidemark
`
	zsh = `#compdef tidemark
# zsh completion of tidemark
_tidemark() {
	local line
	local -a found
	for line in "${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
		[[ -n $line ]] && found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
	done
	if (( ${#found} )); then _describe tidemark found; else _files; fi
}
if [[ ${funcstack[1]} == _tidemark ]]; then _tidemark "$@"; else compdef _tidemark tidemark; fi
`
	fish = `# fish completion of tidemark
function __tidemark_complete
	set -l words (commandline -opc)
	$words[1] __complete $words[2..-1] (commandline -ct | string collect --allow-empty) 2>/dev/null
end
complete -c tidemark -a '(__tidemark_complete)'
`
)
