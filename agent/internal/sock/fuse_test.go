//go:build linux

package sock

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// occupy drops descriptors until there is no room for more. They are of a file
// whose file system, our own, answers no close(2) until release; no signal ends
// that.
func occupy(t *testing.T, env *Env) (release func()) {
	t.Helper()
	path := t.TempDir() + "/file"
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	device, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err == nil {
		err = unix.Mount("farsock", path, "fuse", 0, fmt.Sprintf("fd=%d,rootmode=100000,user_id=0,group_id=0", device))
	}
	if err != nil {
		missing := errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENXIO)
		if os.Getenv("CI") != "" && !missing { // the kernel's lack is no missing tool
			t.Fatalf("FUSE: %v", err)
		}
		t.Skipf("FUSE: %v", err)
	}
	served := make(chan struct{})
	go func() { defer close(served); answerOpens(device) }()
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; env.Poller.Room(); n++ {
		if n > 10000 {
			t.Fatal("there is room for ever")
		}
		copied, err := unix.Dup(fd)
		if err != nil {
			t.Fatal(err)
		}
		env.Poller.Drop([]int{copied})
	}
	release = sync.OnceFunc(func() {
		// Without its server every call to the file system ends.
		if err := unix.Unmount(path, unix.MNT_FORCE|unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
		unix.Close(fd)
		<-served
		unix.Close(device)
		until(t, env.Poller.Room)
	})
	t.Cleanup(release)
	return release
}

// answerOpens serves a file system until it is unmounted. It answers what leads
// to an open file, and no more.
func answerOpens(device int) {
	const opOpen, opInit, opFlush = 14, 26, 25
	in := make([]byte, 1<<17)
	for {
		n, err := unix.Read(device, in)
		if err == unix.EINTR || err == unix.ENOENT || err == unix.EAGAIN {
			continue
		}
		if err != nil || n < 40 {
			return
		}
		var body []byte
		errno := 0
		switch binary.NativeEndian.Uint32(in[4:]) {
		case opInit: // struct fuse_init_out
			body = make([]byte, 64)
			binary.NativeEndian.PutUint32(body, 7)
			binary.NativeEndian.PutUint32(body[4:], 31)
			binary.NativeEndian.PutUint32(body[20:], 4096)
		case opOpen: // struct fuse_open_out
			body = make([]byte, 16)
		case opFlush:
			continue
		default:
			errno = -int(unix.ENOSYS)
		}
		out := make([]byte, 16, 16+len(body))
		binary.NativeEndian.PutUint32(out, uint32(16+len(body)))
		binary.NativeEndian.PutUint32(out[4:], uint32(int32(errno)))
		copy(out[8:16], in[8:16])
		_, _ = unix.Write(device, append(out, body...))
	}
}
