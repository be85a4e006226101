package table

import (
	"bufio"
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"reflect"

	"github.com/klauspost/compress/zstd"

	"tidemark/internal/atomicfile"
)

// catalogueChunk is how many manifests one message of the file holds; gob holds a whole message in memory.
const catalogueChunk = 512

// catalogueHeader returns the first message of the file. It changes with the program and with the fields of manifests, of
// which an older file would lack some.
func (s *Store) catalogueHeader() string {
	return fmt.Sprint(s.Program, reflect.VisibleFields(reflect.TypeFor[Manifest]()), reflect.VisibleFields(reflect.TypeFor[Input]()))
}

// SaveCatalogue writes the catalogue to the file that LoadCatalogue named, for the next process: zstd, whose frames carry a
// checksum, of gob messages, a header and then manifests. It does nothing where there is nothing new to save. Losing the
// file costs the next process the time of reading the manifests.
func (s *Store) SaveCatalogue() error {
	c := &s.catalogue
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.listed || !c.changed {
		return nil
	}
	var b bytes.Buffer
	if err := c.write(&b, s.catalogueHeader()); err != nil {
		return err
	}
	if err := atomicfile.Write(c.file, b.Bytes()); err != nil {
		return err
	}
	c.changed = false
	return nil
}

func (c *catalogue) write(w io.Writer, header string) error {
	packed, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return err
	}
	out := gob.NewEncoder(packed)
	err = out.Encode(header)
	var chunk []*catalogued
	for folder := range c.found {
		for _, e := range c.inOrder(folder) {
			if !e.Settled {
				continue // it would be read again
			}
			if chunk = append(chunk, e); len(chunk) == catalogueChunk {
				err = errors.Join(err, out.Encode(chunk))
				chunk = chunk[:0]
			}
		}
	}
	return errors.Join(err, out.Encode(chunk), packed.Close())
}

// loadCatalogue reads a saved catalogue; empty where the file is missing, damaged or has another header.
func loadCatalogue(file, header string) partitions {
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		defer f.Close()
		var loaded partitions
		if loaded, err = readCatalogue(bufio.NewReader(f), header); err == nil {
			return loaded
		}
	}
	slog.Debug("the catalogue of manifests cannot be used; they are read instead", "error", err)
	return nil
}

func readCatalogue(r io.Reader, header string) (partitions, error) {
	unpacked, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer unpacked.Close()
	in := gob.NewDecoder(unpacked)
	var has string
	if err := in.Decode(&has); err != nil {
		return nil, err
	}
	if has != header {
		return nil, errors.New("it was written by another program")
	}
	loaded := partitions{}
	for {
		var chunk []*catalogued
		if err := in.Decode(&chunk); errors.Is(err, io.EOF) {
			return loaded, nil
		} else if err != nil {
			return nil, err
		}
		for _, e := range chunk {
			if e.Manifest != nil {
				loaded.set(e.Manifest.File, e)
			}
		}
	}
}
