package record

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"tidemark/collectors/bmp"
)

// routers are those that are connected. A router has one connection.
type routers struct {
	mu        sync.Mutex
	connected map[netip.Addr]bool
}

// maxRouters bounds the connections of routers, each of which has a buffer, where those of whole networks may connect.
const maxRouters = 1000

// enter reports whether the router was not connected, and there is room for it; then it is connected now.
func (r *routers) enter(router netip.Addr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.connected[router] || len(r.connected) >= maxRouters {
		return false
	}
	r.connected[router] = true
	return true
}

func (r *routers) leave(router netip.Addr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.connected, router)
}

// router records what a router reports over BMP (RFC 7854 section 3.2), in the words of package bmp.
func (r *Recorder) router(ctx context.Context, conn *net.TCPConn, all *routers) {
	address := remote(conn)
	if !r.settings.mayConnect(address) || !all.enter(address) {
		r.refuse()
		return
	}
	defer all.leave(address)
	defer context.AfterFunc(ctx, func() { conn.SetReadDeadline(time.Unix(1, 0)) })()
	name := "bmp " + address.String()
	r.guard(name, func() (err error) {
		source := r.Source(name)
		defer func() {
			if e := source.Close(); err == nil {
				err = e
			}
		}()
		return r.recordStream(bmp.NewReader(conn, name, func(err error) { r.log.Debug("a BMP message", "error", err) }), source)
	})
}

// recordStream records a stream of MRT records.
func (r *Recorder) recordStream(in io.Reader, source *Source) error {
	record, told := make([]byte, recordHeader, maxRecord), false
	for {
		if _, err := io.ReadFull(in, record[:recordHeader]); err != nil {
			return err
		}
		size := recordHeader + int(binary.BigEndian.Uint32(record[8:]))
		if size > maxRecord {
			return fmt.Errorf("a message of %d octets", size)
		}
		record = record[:size]
		if _, err := io.ReadFull(in, record[recordHeader:]); err != nil {
			return err
		}
		switch err := source.Record(record); {
		case errors.Is(err, errTaken): // the file could not tell the two apart
			if !told {
				r.log.Warn("messages of a peer are left out", "because", err)
			}
			told = true
		case err != nil:
			return err
		}
	}
}
