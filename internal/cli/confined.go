package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"tidemark/datasets/mirror/bucket"
	"tidemark/internal/confine"
)

// confineToData leaves to a process of its own nothing but the data folder, and what the configuration names.
func (env *environment) confineToData() error {
	if err := os.MkdirAll(env.Dir, 0o755); err != nil {
		return err
	}
	if err := refuseLinks(env.Dir); err != nil {
		return err
	}
	allowed := confine.Access{Read: env.Uses, Write: []string{env.Dir}}
	for _, s := range env.Sources {
		allowed.Read = append(allowed.Read, s.Paths()...)
	}
	allowed.Read = append(allowed.Read, env.record.Files()...)
	for _, s := range env.Sinks {
		allowed.Read = append(allowed.Read, s.Files()...)
		if program := s.Program(); program != "" {
			allowed.Execute = append(allowed.Execute, program)
		}
	}
	if env.Metrics != "" {
		folder := filepath.Dir(env.Metrics)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		allowed.Write = append(allowed.Write, folder)
	}
	for _, address := range []string{env.Storage.Archive, env.Storage.Datasets, env.Storage.Site} {
		if folder := bucket.Folder(address, env.Storage.Base); folder != "" {
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return err
			}
			allowed.Write = append(allowed.Write, folder)
		}
		if strings.HasPrefix(address, "s3:") {
			allowed.Read = append(allowed.Read, credentialFiles()...)
		}
	}
	if err := env.scratchInData(); err != nil {
		return err
	}
	return env.confine(allowed)
}

// scratchInData has temporary files made in the data folder, as the system's folder for them is out of a confined process's reach.
func (env *environment) scratchInData() error {
	if env.unconfined || !env.process {
		return nil
	}
	scratch, err := filepath.Abs(filepath.Join(env.Dir, "state", "tmp"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(scratch, 0o755); err != nil {
		return err
	}
	return os.Setenv("TMPDIR", scratch)
}

// confineToSite leaves the site to read, and one address to listen on.
func (env *environment) confineToSite(addr string) error {
	_, text, err := net.SplitHostPort(addr)
	if err != nil {
		return nil // which listening says better
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return nil
	}
	return env.confine(confine.Access{Read: append(slices.Clone(env.Uses), env.SiteDir(), env.SiteDir()+"-versions"), Listen: []uint16{uint16(port)}})
}

// confine confines the process. In tests, where the command line is a part of another program, it does nothing.
func (env *environment) confine(a confine.Access) error {
	if env.unconfined || !env.process {
		return nil
	}
	return env.confined(confine.Process(a))
}

// confined takes what became of confining the process. A system that cannot do it is said, and no reason to stop.
func (env *environment) confined(err error) error {
	if errors.Is(err, confine.ErrUnsupported) {
		env.log.Info("not confined", "because", err)
		return nil
	}
	return err
}

// refuseLinks is an error if a part of the data folder is a link that leads out of it, where a confined process cannot follow.
func refuseLinks(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Type()&fs.ModeSymlink == 0 {
			continue
		}
		link := filepath.Join(dir, e.Name())
		target, err := filepath.EvalSymlinks(link)
		if err != nil {
			continue // it leads nowhere
		}
		if inside, err := within(dir, target); err != nil || !inside {
			return usageError{fmt.Errorf("%s is a link to %s, out of the data folder, where a run has no access; mount that folder in the link's place (mount --bind), or use --unconfined", link, target)}
		}
	}
	return nil
}

// within reports whether a file lies, or would lie, in the folder, whatever symbolic links lead there.
func within(folder, file string) (bool, error) {
	root, err := resolved(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	parent, err := resolved(filepath.Dir(file))
	if err != nil {
		return false, err
	}
	rel, err := filepath.Rel(root, parent)
	return err == nil && filepath.IsLocal(rel), nil
}

// resolved returns the absolute path without links, also where a link is on the way to the working directory.
func resolved(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

// credentialFiles returns where Amazon's tools keep credentials.
func credentialFiles() (files []string) {
	if file := os.Getenv("AWS_SHARED_CREDENTIALS_FILE"); file != "" {
		files = append(files, file)
	}
	if home, err := os.UserHomeDir(); err == nil {
		files = append(files, filepath.Join(home, ".aws"))
	}
	return files
}
