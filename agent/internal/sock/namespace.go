//go:build linux

package sock

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	// namespaceDir is where ip-netns(8) keeps the namespaces that have names.
	namespaceDir = "/run/netns"
	// ownNamespace is the calling thread's.
	ownNamespace = "/proc/thread-self/ns/net"
)

// namespacePath is the file of a namespace that is given by name or by path.
func namespacePath(label string) string {
	if filepath.IsAbs(label) {
		return label
	}
	return filepath.Join(namespaceDir, label)
}

// openNamespace opens a network namespace's file. What is not one is never
// opened: opening a device or a FIFO may do something, or wait.
func openNamespace(path string) (fd int, syscall string, errno unix.Errno) {
	at, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, "open", errnoOf(err)
	}
	defer unix.Close(at)
	var fs unix.Statfs_t
	if err := unix.Fstatfs(at, &fs); err != nil {
		return -1, "fstatfs", errnoOf(err)
	}
	if fs.Type != unix.NSFS_MAGIC {
		return -1, "setns", unix.EINVAL // what setns(2) says of another file
	}
	fd, err = unix.Open("/proc/self/fd/"+strconv.Itoa(at), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, "open", errnoOf(err)
	}
	if kind, err := unix.IoctlRetInt(fd, unix.NS_GET_NSTYPE); err != nil || kind != unix.CLONE_NEWNET {
		unix.Close(fd)
		return -1, "setns", unix.EINVAL
	}
	return fd, "", 0
}

// inNamespace runs f in the network namespace of that name or path, or, for "",
// simply runs it. If the outcome is not Done f was not run.
func inNamespace(label string, f func()) Outcome {
	if label == "" {
		f()
		return done()
	}
	fd, syscall, errno := openNamespace(namespacePath(label))
	if errno == 0 {
		defer unix.Close(fd)
		syscall, errno = inside(fd, f)
	}
	return entered(label, syscall, errno)
}

func entered(label, syscall string, errno unix.Errno) Outcome {
	out := answered(syscall, errno)
	if !out.OK() {
		out.Detail = "entering network namespace " + strconv.Quote(label)
	}
	return out
}

// inside runs f on a thread that is in the network namespace ns. It has a
// goroutine of its own, so that a thread which cannot be brought back dies with
// it instead of running others' work.
func inside(ns int, f func()) (syscall string, errno unix.Errno) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread()
		home, err := unix.Open(ownNamespace, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			syscall, errno = "open", errnoOf(err)
			runtime.UnlockOSThread()
			return
		}
		defer unix.Close(home)
		if err := unix.Setns(ns, unix.CLONE_NEWNET); err != nil {
			syscall, errno = "setns", errnoOf(err)
			runtime.UnlockOSThread()
			return
		}
		f()
		if unix.Setns(home, unix.CLONE_NEWNET) == nil {
			runtime.UnlockOSThread()
		}
	}()
	<-ended
	return syscall, errno
}

// Namespace is a network namespace of this host that has a name.
type Namespace struct {
	// Name is what Spec.Namespace takes, Path the file.
	Name, Path string
	// Inode identifies it.
	Inode uint64
	// Own: the agent runs in it.
	Own bool
}

// maxNamespaces bounds what Namespaces returns.
const maxNamespaces = 1000

// Namespaces returns the host's named network namespaces, by name, at most
// 1000. What is none there, or may not be looked at, is left out. Error: an
// *os.PathError, which may wrap EMFILE.
func Namespaces() ([]Namespace, error) {
	entries, err := os.ReadDir(namespaceDir)
	if os.IsNotExist(err) || os.IsPermission(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var own unix.Stat_t
	if err := unix.Stat(ownNamespace, &own); err != nil {
		return nil, &os.PathError{Op: "stat", Path: ownNamespace, Err: err}
	}
	var list []Namespace
	for _, e := range entries { // sorted by name
		if len(list) == maxNamespaces {
			break
		}
		n := Namespace{Name: e.Name(), Path: filepath.Join(namespaceDir, e.Name())}
		fd, syscall, errno := openNamespace(n.Path)
		if errno == unix.EMFILE || errno == unix.ENFILE {
			return nil, &os.PathError{Op: syscall, Path: n.Path, Err: errno}
		}
		if errno != 0 {
			continue
		}
		var st unix.Stat_t
		err := unix.Fstat(fd, &st)
		unix.Close(fd)
		if err != nil {
			continue
		}
		n.Inode, n.Own = st.Ino, st.Ino == own.Ino && st.Dev == own.Dev
		list = append(list, n)
	}
	return list, nil
}
