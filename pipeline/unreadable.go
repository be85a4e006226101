package pipeline

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"tidemark/internal/atomicfile"
)

// Unreadable is a raw file of which nothing could be decoded.
type Unreadable struct {
	SHA256  string `json:"sha256"`
	Program string `json:"program"` // that tried
	Error   string `json:"error"`
}

func (p *Pipeline) unreadableFile() string { return filepath.Join(p.stateDir(), "unreadable.json") }

// unreadable returns the files that could not be decoded, by ID. Where the record is damaged they are tried once more.
func (p *Pipeline) unreadable() (map[string]Unreadable, error) {
	all := map[string]Unreadable{}
	b, err := atomicfile.Read(p.unreadableFile())
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err == nil && json.Unmarshal(b, &all) != nil {
		all = map[string]Unreadable{}
	}
	return all, err
}

func (p *Pipeline) saveUnreadable(all map[string]Unreadable) error {
	if len(all) == 0 {
		if err := os.Remove(p.unreadableFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	b, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return err
	}
	return atomicfile.Write(p.unreadableFile(), append(b, '\n'))
}
