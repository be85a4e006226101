package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tidemark/internal/testkit"
	"tidemark/internal/testkit/program"
)

// completions asks a shell, which reads the script and answers as it would a person who presses the tabulator.
var completions = map[string]func(dir string, words []string) *exec.Cmd{
	"bash": func(dir string, words []string) *exec.Cmd {
		return exec.Command("bash", append([]string{"--norc", "-c", `source <(tidemark completion bash)
			COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"
			[[ $(complete -p tidemark) == *"-F _tidemark"* ]] || exit 1
			_tidemark; printf '%s\n' "${COMPREPLY[@]}"`, "bash"}, words...)...)
	},
	"zsh": func(dir string, words []string) *exec.Cmd {
		return exec.Command("zsh", append([]string{"-f", "-c", `compdef() { : }
			_files() { : }
			_describe() { print -rl -- "${(@P)2}" | sed 's/\([^\\]\):.*/\1/; s/\\:/:/g' }
			tidemark completion zsh >script; source ./script
			words=("$@"); CURRENT=$#; _tidemark`, "zsh"}, words...)...)
	},
	"fish": func(dir string, words []string) *exec.Cmd {
		return exec.Command("fish", "--no-config", "-c", `tidemark completion fish | source; complete -C "`+strings.Join(words, " ")+`" | string replace -r '\t.*' ''; true`)
	},
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	config := "[[source]]\nname = \"rrc00\"\nkind = \"mrt\"\n[[source]]\nname = \"rfc-index\"\nkind = \"rfc-index\"\n"
	for shell, ask := range completions {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			testkit.Need(t, shell)
			dir := t.TempDir()
			for _, name := range []string{"tidemark.toml", "other.toml"} {
				text := config
				if name == "other.toml" {
					text = strings.ReplaceAll(config, "rrc00", "rrc12")
				}
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			for line, want := range map[string]string{
				"tidemark analy":                               "analyse",
				"tidemark datasets de":                         "describe",
				"tidemark datasets describe rout":              "routes route_states",
				"tidemark analyse table-g":                     "table-growth",
				"tidemark analyse table-growth bogon-w":        "bogon-witnesses",
				"tidemark collect r":                           "rrc00 rfc-index",
				"tidemark --config other.toml collect r":       "rrc12 rfc-index",
				"tidemark --config=other.toml collect --quiet": "--quiet",
				"tidemark import bogon":                        "bogon-list",
				"tidemark sync pu":                             "pull push",
				"tidemark sync --dry":                          "--dry-run",
				"tidemark completion f":                        "fish",
				"tidemark probe --smt":                         "--smtp",
				"tidemark probe se":                            "self",
				"tidemark mrt rib --at 2024-01-01 --js":        "--json",
			} {
				if shell == "bash" && strings.Contains(line, "=") {
					continue // bash takes the word apart
				}
				cmd := ask(dir, strings.Split(line, " "))
				cmd.Dir = dir
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Errorf("%s: %v\n%s", line, err, out)
				}
				got := strings.Fields(string(out))
				for _, word := range strings.Fields(want) {
					if !slices.Contains(got, word) {
						t.Errorf("%s: %q lacks %s", line, got, word)
					}
				}
				if len(got) > 8 {
					t.Errorf("%s: %d words", line, len(got))
				}
			}
		})
	}
}

// TestManPages: every verb has a page without a fault.
func TestManPages(t *testing.T) {
	t.Parallel()
	mandoc := testkit.Need(t, "mandoc")
	dir := t.TempDir()
	cmd := program.Command("man", dir)
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1700000000")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(pages) < 15 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	if out, err := exec.Command(mandoc, append([]string{"-T", "lint", "-W", "warning"}, pages...)...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for page, want := range map[string][]string{
		"tidemark":       {"2023-11-14", "tidemark-run(1)", "75"},
		"tidemark-sync":  {"--dry-run", "tidemark sync pull --raw", "[DIRECTION]"},
		"tidemark-probe": {"Packets are sent only to the resolver", "PROBE SELF", "--smtp"},
		"tidemark-mrt":   {"MRT DUMP", "--origin", "tidemark mrt rib"},
	} {
		out, err := exec.Command(mandoc, "-T", "ascii", filepath.Join(dir, page+".1")).Output()
		text := regexp.MustCompile(".\b").ReplaceAllString(string(out), "")
		for _, w := range want {
			if err != nil || !strings.Contains(text, w) {
				t.Errorf("%s lacks %q, %v\n%s", page, w, err, text)
			}
		}
	}
}

// TestUnits: systemd takes the units, and finds the services well shut in.
func TestUnits(t *testing.T) {
	t.Parallel()
	analyze := testkit.Need(t, "systemd-analyze")
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tidemark.service", "tidemark.timer", "tidemark-record.service"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "examples", "systemd", name))
		if err != nil {
			t.Fatal(err)
		}
		text = []byte(strings.ReplaceAll(string(text), "/usr/bin/tidemark", self)) // it is not installed where tests run
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for service, limit := range map[string]float64{"tidemark.service": 1.4, "tidemark-record.service": 1.9} {
		path := filepath.Join(dir, service)
		out, err := exec.Command(analyze, "verify", "--man=no", path, filepath.Join(dir, "tidemark.timer")).CombinedOutput()
		if err != nil || len(out) > 0 {
			t.Errorf("%v\n%s", err, out)
		}
		out, err = exec.Command(analyze, "security", "--offline=true", "--no-pager", path).Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		score := regexp.MustCompile(`exposure level for ` + service + `: ([0-9.]+)`).FindSubmatch(out)
		if score == nil {
			t.Fatalf("no score in\n%s", out)
		}
		if level, err := strconv.ParseFloat(string(score[1]), 64); err != nil || level > limit {
			t.Errorf("exposure level of %s: %s\n%s", service, score[1], out)
		}
	}
}
