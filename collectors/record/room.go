package record

import (
	"context"
	"errors"
	"fmt"
	"os"

	"tidemark/collectors/archive"
)

const (
	// spaceEvery is how many bytes are written between two looks at the disk, which is also looked at with each sync.
	spaceEvery = 8 << 20
	// minRoom is how much more than the reserve must be free for recording to go on after a pause, in bytes.
	minRoom = 64 << 20
)

// look has recording pause if the disk has no more than its reserve besides a compressed copy of the file. It returns why nothing can
// be written any more.
func (r *Recorder) look() error {
	r.unlooked = 0
	if err := requireSpace(r.files, r.part.file); err != nil {
		return r.pause(err)
	}
	return nil
}

// requireSpace returns an error if the disk has no space for another copy of a file besides the reserve.
func requireSpace(files *archive.Archive, file *os.File) error {
	stat, err := file.Stat()
	if err != nil {
		return err
	}
	return files.RequireSpace(stat.Size())
}

// pause ends all sessions in the file, and the file: it is compressed, which frees some space. Nothing is written until resume.
func (r *Recorder) pause(why error) error {
	err := r.endSessions(func(*Source) bool { return true })
	if err = errors.Join(err, r.part.close()); err != nil {
		return r.fail(err)
	}
	r.part = nil
	if err := r.saveCheckpoint(nil); err != nil {
		return r.fail(err)
	}
	r.failed = fmt.Errorf("%w: %w", errPaused, why)
	r.changed = true
	r.log.Error("recording pauses until there is room, and what is sent meanwhile is missing", "because", why)
	r.wake()
	return r.failed
}

// waitForRoom waits until recording goes on, or ctx ends.
func (r *Recorder) waitForRoom(ctx context.Context) (err error) {
	r.eachSync(ctx, func() (ended bool) {
		ended, err = r.resume()
		return ended || err != nil
	})
	return err
}

// resume goes on after a pause, in another file, if there is room.
func (r *Recorder) resume() (resumed bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.files.RequireSpace(minRoom) != nil {
		return false, nil
	}
	part, err := r.openPart(r.clock())
	if err != nil {
		return false, err
	}
	r.part, r.failed, r.changed = part, nil, true
	r.log.Info("recording goes on, as there is room again")
	return true, nil
}

// sparing writes a file as long as the disk keeps its reserve.
type sparing struct {
	files    *archive.Archive
	file     *os.File
	unlooked int
}

func (s *sparing) Write(b []byte) (int, error) {
	if s.unlooked += len(b); s.unlooked >= spaceEvery {
		s.unlooked = 0
		if err := requireSpace(s.files, s.file); err != nil {
			return 0, err
		}
	}
	return s.file.Write(b)
}
