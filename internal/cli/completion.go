package cli

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"tidemark/internal/config"

	"github.com/alecthomas/kong"

	"tidemark/datasets"
)

type completionVerb struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help shows examples.
func (completionVerb) Help() string {
	return examples("source <(tidemark completion bash)", "tidemark completion zsh >~/.zfunc/_tidemark",
		"tidemark completion fish >~/.config/fish/completions/tidemark.fish")
}

// completeCommand is asked by the shells: behind it come the words of the line up to the one that is being typed.
const completeCommand = "__complete"

// The shells ask the program itself, so that they know the names of this data folder and this configuration. Where it has
// nothing to say, files are completed. A line of its answer is a word, a tab, and what the word does.
var completionScripts = map[string]string{
	"bash": `# bash completion of tidemark
_tidemark() {
	local line
	COMPREPLY=()
	while IFS= read -r line; do
		COMPREPLY+=("${line%%$'\t'*}")
	done < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o bashdefault -o default -F _tidemark tidemark
`,
	"zsh": `#compdef tidemark
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
`,
	"fish": `# fish completion of tidemark
function __tidemark_complete
	set -l words (commandline -opc)
	$words[1] __complete $words[2..-1] (commandline -ct | string collect --allow-empty) 2>/dev/null
end
complete -c tidemark -a '(__tidemark_complete)'
`,
}

// Run prints the script of a shell.
func (v *completionVerb) Run(env *environment) error {
	_, err := io.WriteString(env.stdout, completionScripts[v.Shell])
	return err
}

// suggestion is a word that may stand next, and what it does.
type suggestion struct{ word, help string }

// complete prints what may stand in place of the last word.
func complete(model *kong.Application, words []string, out io.Writer) {
	if len(words) == 0 {
		return
	}
	before, last := words[:len(words)-1], words[len(words)-1]
	for _, s := range suggestions(model.Node, before, last) {
		if strings.HasPrefix(s.word, last) {
			fmt.Fprintf(out, "%s\t%s\n", s.word, s.help)
		}
	}
}

func suggestions(node *kong.Node, before []string, last string) (found []suggestion) {
	var pending *kong.Flag // waits for its value
	config, position := "", 0
	for _, word := range before {
		if pending != nil {
			if pending.Name == "config" {
				config = word
			}
			pending = nil
			continue
		}
		if strings.HasPrefix(word, "-") {
			name, value, given := strings.Cut(word, "=")
			f := flagOf(meant(node), name)
			switch {
			case f == nil:
			case given && f.Name == "config":
				config = value
			case !given && !f.IsBool():
				pending = f
			}
			continue
		}
		if child := childOf(node, word); child != nil {
			node, position = child, 0
			continue
		}
		position++
	}
	switch {
	case pending != nil:
		return values(pending.Value, config)
	case strings.HasPrefix(last, "-"):
		for _, flags := range meant(node).AllFlags(true) {
			for _, f := range flags {
				found = append(found, suggestion{"--" + f.Name, f.Help})
			}
		}
		return found
	}
	for _, child := range node.Children {
		if !child.Hidden {
			found = append(found, suggestion{child.Name, child.Help})
		}
	}
	if arguments := meant(node).Positional; len(arguments) > 0 {
		at := min(position, len(arguments)-1)
		if position == at || arguments[at].IsSlice() {
			found = append(found, values(arguments[at], config)...)
		}
	}
	return found
}

// meant is the verb that a line means which names no further one.
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

// values are what a flag or argument can be: those of its declaration, or the names that its tag "complete" tells.
func values(v *kong.Value, file string) (found []suggestion) {
	if v.Enum != "" {
		for _, word := range v.EnumSlice() {
			found = append(found, suggestion{word, ""})
		}
		return found
	}
	switch v.Tag.Get("complete") {
	case "datasets":
		for _, s := range datasets.All() {
			found = append(found, suggestion{s.Name, s.Row})
		}
	case "questions":
		for _, q := range allQuestions {
			found = append(found, suggestion{q.Slug, q.Title})
		}
	case "kinds":
		for _, c := range allCollectors {
			found = append(found, suggestion{c.Name(), ""})
		}
	case "sources":
		if file == "" {
			file = defaultConfig
		}
		_, sources, err := config.Load(file, allCollectors)
		if err != nil && !os.IsNotExist(err) {
			return nil
		}
		for _, s := range sources {
			found = append(found, suggestion{s.Name, s.Kind})
		}
	}
	return found
}
