//go:build linux

package sock

import (
	"slices"

	"golang.org/x/sys/unix"
)

// A receive on a unix stream that waits for so many bytes ends, as one recvmsg(2)
// does, behind those that descriptors came with, and where SO_PASSCRED is on
// before those of another sender: bytes of messages that differ so are not
// glued together.

// credentials are those among control messages; nil without SO_PASSCRED.
func credentials(control []Control) []byte {
	for _, c := range control {
		if c.Level == unix.SOL_SOCKET && c.Type == unix.SCM_CREDENTIALS {
			return c.Data
		}
	}
	return nil
}

// anotherSender reports whether the kernel's next bytes are of another sender
// than the last that are held. The caller holds recv.mu.
func (s *Socket) anotherSender() (bool, error) {
	was := s.recv.sender
	if was == nil {
		return false, nil
	}
	var b [1]byte
	oob := make([]byte, unix.CmsgSpace(unix.SizeofUcred)) // comes first; no room for descriptors
	m, errno, err := s.lookAhead(b[:], oob)
	if err != nil || errno != 0 || m.n <= 0 {
		return false, err
	}
	control, _ := s.parseControl(oob[:m.oobn])
	now := credentials(control)
	return now != nil && !slices.Equal(was, now), nil
}

// upToSeam is how many of the bytes from start on, which are held up to end,
// belong together; 0 where nothing divides them. The caller holds mu.
func (r *receiving) upToSeam(start, end int64) int {
	if r.seam <= start || r.seam > end {
		return 0
	}
	return int(r.seam - start)
}
