package sink

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tidemark/internal/atomicfile"
)

// Secret names the place of a secret: env:VARIABLE or file:PATH. The configuration itself may be published. An address, which may be
// secret, can also stand for itself.
type Secret string

const (
	fromEnv  = "env:"
	fromFile = "file:"
)

// check returns an error unless it names a place.
func (s Secret) check(key string) error {
	if s == "" || strings.HasPrefix(string(s), fromEnv) || strings.HasPrefix(string(s), fromFile) {
		return nil
	}
	return fmt.Errorf("%s: want env:VARIABLE or file:PATH; a secret does not belong in the configuration", key)
}

// named reports whether it names a place, and is not the value itself.
func (s Secret) named() bool { return s.check("") == nil }

// file returns the file that has the secret; empty: none has.
func (s Secret) file(base string) string {
	path, is := strings.CutPrefix(string(s), fromFile)
	if !is {
		return ""
	}
	return absolute(base, path)
}

// value reads the secret. White space around it is removed. Errors name its place only.
func (s Secret) value(base string) (string, error) {
	if name, is := strings.CutPrefix(string(s), fromEnv); is {
		value := strings.TrimSpace(os.Getenv(name))
		if value == "" {
			return "", fmt.Errorf("the variable %s of the environment is not set", name)
		}
		return value, nil
	}
	file := s.file(base)
	if file == "" {
		return string(s), nil
	}
	text, err := atomicfile.Read(file)
	if err != nil {
		return "", err
	}
	value := strings.TrimSpace(string(text))
	if value == "" {
		return "", errors.New("the file " + filepath.Base(file) + " is empty, and should hold a secret")
	}
	return value, nil
}
