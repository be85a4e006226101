package compression

import (
	"io"
	"os"

	"tidemark/internal/fault"
)

const (
	aheadChunk  = 1 << 20 // inflated bytes handed over at a time
	aheadChunks = 4       // chunks in flight between the two goroutines
)

// ahead reads a source in a goroutine of its own, so that inflating and decoding run concurrently.
type ahead struct {
	full chan chunk
	free chan []byte
	stop chan struct{}
	done chan struct{}
	now  chunk
	rest []byte
}

type chunk struct {
	bytes []byte
	err   error
}

func readAhead(r io.Reader) *ahead {
	a := &ahead{
		full: make(chan chunk, aheadChunks), free: make(chan []byte, aheadChunks+2),
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	go a.read(r)
	return a
}

func (a *ahead) read(r io.Reader) {
	defer close(a.done)
	for {
		var b []byte
		select {
		case b = <-a.free:
		default:
			b = make([]byte, aheadChunk)
		}
		n := 0
		err := fault.Caught(func() (err error) {
			n, err = io.ReadFull(r, b)
			return err
		})
		if err == io.ErrUnexpectedEOF && n < len(b) {
			err = io.EOF // ReadFull met a plain end of the source; the errors of damage are wrapped
		}
		select {
		case a.full <- chunk{b[:n], err}:
		case <-a.stop:
			return
		}
		if err != nil {
			return
		}
	}
}

func (a *ahead) Read(p []byte) (int, error) {
	for len(a.rest) == 0 {
		if a.now.err != nil {
			return 0, a.now.err
		}
		if a.now.bytes != nil {
			a.free <- a.now.bytes[:aheadChunk]
		}
		select {
		case a.now = <-a.full:
		case <-a.stop:
			return 0, os.ErrClosed
		}
		a.rest = a.now.bytes
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

// Close stops the goroutine and waits for it.
func (a *ahead) Close() error {
	select {
	case <-a.stop:
	default:
		close(a.stop)
	}
	<-a.done
	return nil
}
