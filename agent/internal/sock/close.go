//go:build linux

package sock

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// closeBound is how long Close waits for a close(2) that lingers.
const closeBound = 2 * time.Second

// Close closes the socket; calls under way end with ErrClosed, and so does a
// second Close. With abort a TCP connection ends with a reset, and it does as
// well if bytes were read from the kernel and handed to nobody, as the kernel
// itself does for bytes that nobody read. (Unix sockets know no such reset.)
//
// A close(2) that lingers (SO_LINGER) is waited for until ctx ends, at most
// 2 s; then it goes on by itself and the outcome is Done.
func (s *Socket) Close(ctx context.Context, abort bool) (Outcome, error) {
	s.mu.Lock()
	if s.gone {
		s.mu.Unlock()
		return Outcome{}, ErrClosed
	}
	s.gone = true
	path := s.path
	s.mu.Unlock()
	close(s.closed)

	unread := s.recv.close(s.env)
	out := done()
	if abort || unread && s.isTCP() {
		errno, err := s.call(func(fd int) unix.Errno {
			return errnoOf(unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}))
		})
		if err == nil && errno != 0 {
			out = answered("setsockopt", errno)
		}
	}
	if path != nil {
		path.unlink()
	}
	ctx, cancel := context.WithTimeout(ctx, closeBound)
	defer cancel()
	err := s.desc.Close(ctx)
	if err == ErrClosed { // the poller was first
		return out, nil
	}
	if err != nil {
		return answered("close", errnoOf(err)), nil
	}
	return out, nil
}

// Closed is closed as soon as Close has been called.
func (s *Socket) Closed() <-chan struct{} { return s.closed }

// ownedPath is a unix path that a bind of ours created.
type ownedPath struct {
	path     string // absolute
	dev, ino uint64
}

// own remembers path as ours. It does nothing if the file is gone already.
func (s *Socket) own(path string) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return
	}
	var st unix.Stat_t
	if unix.Lstat(abs, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFSOCK {
		return
	}
	s.mu.Lock()
	s.path = &ownedPath{path: abs, dev: st.Dev, ino: st.Ino}
	s.mu.Unlock()
}

// unlink removes the path if it still is the same file.
func (p *ownedPath) unlink() {
	var st unix.Stat_t
	if unix.Lstat(p.path, &st) == nil && st.Dev == p.dev && st.Ino == p.ino {
		_ = os.Remove(p.path)
	}
}
