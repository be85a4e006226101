package fuzz

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// An input is a file of one line for each argument, as in []byte("…") or uint8(7), after a line that names the form (go doc testing.F).
const form = "go test fuzz v1"

// readCorpus returns the inputs in a folder for a target of some type; none where there is no folder.
func readCorpus(dir string, target reflect.Type) ([]input, error) {
	if dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var all []input
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		in, err := parseInput(string(text), target)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, in)
	}
	return all, nil
}

// parseInput reads the text of an input.
func parseInput(text string, target reflect.Type) (input, error) {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if strings.TrimSpace(lines[0]) != form || len(lines) != target.NumIn() {
		return nil, fmt.Errorf("want a line %q and %d arguments", form, target.NumIn()-1)
	}
	var in input
	for i, line := range lines[1:] {
		v, err := parseArgument(line, target.In(i+1))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
		in = append(in, v)
	}
	return in, nil
}

// parseArgument reads a conversion of a literal to the kind of an argument.
func parseArgument(line string, kind reflect.Type) (reflect.Value, error) {
	v := reflect.New(kind).Elem()
	expr, err := parser.ParseExpr(line)
	if err != nil {
		return v, err
	}
	call, ok := expr.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return v, errors.New("not a conversion")
	}
	literal := line[call.Args[0].Pos()-1 : call.Args[0].End()-1]
	if lit, ok := call.Args[0].(*ast.BasicLit); ok && (lit.Kind == token.STRING || lit.Kind == token.CHAR) {
		if literal, err = strconv.Unquote(lit.Value); err != nil {
			return v, err
		}
	}
	switch {
	case kind == reflect.TypeFor[[]byte]():
		v.SetBytes([]byte(literal))
	case kind.Kind() == reflect.String:
		v.SetString(literal)
	case kind.Kind() == reflect.Bool:
		v.SetBool(literal == "true")
	case v.CanUint() && len(literal) > 0:
		n, err := strconv.ParseUint(literal, 0, 64)
		if err != nil { // byte('x')
			n = uint64([]rune(literal)[0])
		}
		v.SetUint(n)
	case v.CanInt() && len(literal) > 0:
		n, err := strconv.ParseInt(literal, 0, 64)
		if err != nil {
			n = int64([]rune(literal)[0])
		}
		v.SetInt(n)
	default:
		return v, fmt.Errorf("no argument of kind %s", kind)
	}
	return v, nil
}

// keep writes an input under the name of its hash and returns its path.
func keep(dir string, in input) (string, error) {
	var b strings.Builder
	b.WriteString(form + "\n")
	for _, v := range in {
		switch {
		case v.Type() == reflect.TypeFor[[]byte]():
			fmt.Fprintf(&b, "[]byte(%q)\n", v.Bytes())
		case v.Kind() == reflect.String:
			fmt.Fprintf(&b, "string(%q)\n", v.String())
		default:
			fmt.Fprintf(&b, "%s(%v)\n", v.Type(), v.Interface())
		}
	}
	path := filepath.Join(dir, fmt.Sprintf("%x", sha256.Sum256([]byte(b.String())))[:16])
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return path, err
	}
	return path, os.WriteFile(path, []byte(b.String()), 0o666)
}
