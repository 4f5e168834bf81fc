//go:build linux

package sock

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// notes are the options that the kernel ignores on a non-blocking descriptor,
// so that operations under Forever honour them in its stead. They hold what the
// kernel reads back, whichever way it was set.
type notes struct {
	mu       sync.Mutex   // held over reading the kernel's value and keeping it
	lowWater atomic.Int32 // SO_RCVLOWAT; 0 for the default, 1
}

// lowWater is SO_RCVLOWAT in bytes, 1 or more.
func (s *Socket) lowWater() int { return max(int(s.notes.lowWater.Load()), 1) }

// note keeps the option of SOL_SOCKET that was just set, if it is one of those.
func (s *Socket) note(name int) error {
	s.notes.mu.Lock()
	defer s.notes.mu.Unlock()
	switch name {
	case unix.SO_RCVTIMEO, unix.SO_RCVTIMEO_NEW:
		return s.noteTimeout(unix.SO_RCVTIMEO, &s.receiveTimeout)
	case unix.SO_SNDTIMEO, unix.SO_SNDTIMEO_NEW:
		return s.noteTimeout(unix.SO_SNDTIMEO, &s.sendTimeout)
	case unix.SO_RCVLOWAT:
		var b [4]byte
		_, errno, err := s.getOption(unix.SOL_SOCKET, name, b[:])
		if err != nil || errno != 0 {
			return err
		}
		s.notes.lowWater.Store(int32(binary.NativeEndian.Uint32(b[:])))
	}
	return nil
}

func (s *Socket) noteTimeout(name int, keep *atomic.Int64) error {
	var b [16]byte
	_, errno, err := s.getOption(unix.SOL_SOCKET, name, b[:])
	if err != nil || errno != 0 {
		return err
	}
	// Beyond 24 h it is as good as none, and must not overflow.
	keep.Store(int64(min(timeout(b), 24*time.Hour)))
	return nil
}

// inheritNotes reads them of a socket that was accepted: the kernel has copied
// some of the listener's options, for some kinds of socket.
func (s *Socket) inheritNotes() error {
	for _, name := range []int{unix.SO_RCVTIMEO, unix.SO_SNDTIMEO, unix.SO_RCVLOWAT} {
		if err := s.note(name); err != nil {
			return err
		}
	}
	return nil
}
