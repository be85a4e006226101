package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"tidemark/internal/atomicfile"
)

// folder is a bucket in a file system, for example on a mounted disk. It holds the objects as files and, while they are written, temporary
// ones, which are not objects.
type folder string

const tempPrefix = ".tmp-"

func openFolder(u *url.URL, base string) (Bucket, string, error) {
	dir, err := folderOf(u, base)
	if err != nil {
		return nil, u.String(), err
	}
	plain := "file://" + filepath.ToSlash(dir)
	switch {
	case u.Host != "" && u.Host != "localhost":
		return nil, plain, fmt.Errorf("a file: address has no host, so remove %q; write file:///folder, or file:folder for one beside the configuration", u.Host)
	case u.RawQuery != "":
		return nil, plain, fmt.Errorf("a file: address has no parameters, so remove %q", u.RawQuery)
	case !filepath.IsAbs(dir):
		return nil, plain, errors.New("write file:///folder, or file:folder for one beside the configuration")
	}
	return folder(dir), plain, os.MkdirAll(dir, 0o755)
}

func folderOf(u *url.URL, base string) (string, error) {
	if u.Opaque == "" {
		return filepath.FromSlash(u.Path), nil
	}
	opaque, err := url.PathUnescape(u.Opaque)
	return filepath.Join(base, filepath.FromSlash(opaque)), err
}

// Folder returns the folder of a file: address; "" for an address that Open does not take, or of another kind.
func Folder(address, base string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "file" {
		return ""
	}
	dir, err := folderOf(u, base)
	if err != nil || !filepath.IsAbs(dir) {
		return ""
	}
	return dir
}

// path returns the file of a key. A key that leads out of the folder is an error.
func (f folder) path(key string) (string, error) {
	name, err := filepath.Localize(key)
	if err != nil {
		return "", fmt.Errorf("invalid key %q: %w", key, err)
	}
	return filepath.Join(string(f), name), nil
}

func (f folder) List(ctx context.Context, below string, found func(Object) error) error {
	at, _ := path.Split(below)
	root, err := f.path(path.Clean(at)) // which is . for no folder
	if err != nil {
		return err
	}
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && at != "" && path == root {
			return nil // but a bucket that is missing, like a disk that is not mounted, is not an empty one
		}
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !d.Type().IsRegular() || strings.HasPrefix(d.Name(), tempPrefix) {
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed since the folder was read
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(string(f), path)
		if err != nil {
			return err
		}
		if key := filepath.ToSlash(rel); strings.HasPrefix(key, below) {
			return found(Object{Key: key, Size: info.Size(), Modified: info.ModTime()})
		}
		return nil
	})
}

func (f folder) Stat(_ context.Context, key string) (Object, error) {
	path, err := f.path(key)
	if err != nil {
		return Object{}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return Object{}, err
	}
	if !info.Mode().IsRegular() {
		return Object{}, fmt.Errorf("%s is not a file: %w", path, fs.ErrNotExist)
	}
	return Object{Key: key, Size: info.Size(), Modified: info.ModTime(), Version: versionOf(info)}, nil
}

func (f folder) Open(_ context.Context, key string) (io.ReadCloser, error) {
	path, err := f.path(key)
	if err != nil {
		return nil, err
	}
	return atomicfile.Open(path)
}

func (f folder) Write(_ context.Context, key string, u Upload) error {
	path, err := f.path(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if u.OnlyNew {
		return writeNew(path, u.Content)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), tempPrefix+"*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = io.Copy(temp, u.Content)
	if err == nil {
		err = errors.Join(temp.Chmod(0o644), temp.Sync())
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return err
	}
	if u.IfVersion != "" { // as near to the rename as a file system lets us come
		if info, err := os.Stat(path); err != nil || versionOf(info) != u.IfVersion {
			return fmt.Errorf("%s is another version than was seen: %w", path, fs.ErrExist)
		}
	}
	return os.Rename(temp.Name(), path)
}

// writeNew creates a file under its own name: file systems without hard links offer no other way to lose no race.
func writeNew(path string, content io.Reader) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

func (f folder) Remove(_ context.Context, key string) error {
	path, err := f.path(key)
	if err != nil {
		return err
	}
	return os.Remove(path)
}

// versionOf returns what tells one file under a name from the next.
func versionOf(info fs.FileInfo) string {
	return fmt.Sprint(info.Size(), "-", info.ModTime().UnixNano())
}

func (folder) Requests() int64 { return 0 }

func (folder) Close() {}
