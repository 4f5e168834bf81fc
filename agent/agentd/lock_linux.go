package agentd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// fileLock is an exclusive flock on a file of its own, which holds the owner's
// pid and is gone when the lock is released. The kernel releases it too when
// the process dies.
type fileLock struct{ file *os.File }

// lockTries and lockPause: a lock that is held for a moment, by locked, is not
// yet an owner.
const (
	lockTries = 3
	lockPause = 5 * time.Millisecond
)

// lockFile takes the lock, almost at once, or returns *InUseError with forPath
// and the owner's pid.
func lockFile(path, forPath string) (*fileLock, error) {
	for try := 1; ; {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
		if err != nil {
			return nil, fmt.Errorf("lock: %w", err)
		}
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if errors.Is(err, unix.EWOULDBLOCK) {
			pid := readPID(f)
			f.Close()
			if try++; try <= lockTries {
				time.Sleep(lockPause)
				continue
			}
			return nil, &InUseError{Path: forPath, PID: pid}
		}
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		// Between opening and locking, the owner before may have removed the
		// file: a lock on a file without a name guards nothing.
		if !stillNamed(f, path) {
			f.Close()
			continue
		}
		l := &fileLock{f}
		if err := l.writePID(); err != nil {
			l.release()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		return l, nil
	}
}

// locked says whether somebody holds the lock now, and who.
func locked(path string) (pid int, held bool) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return 0, false
	}
	defer f.Close() // which also unlocks
	if !errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK) {
		return 0, false
	}
	return readPID(f), true
}

func (l *fileLock) writePID() error {
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err := l.file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// release removes the file while it is still locked, then unlocks.
func (l *fileLock) release() {
	os.Remove(l.file.Name())
	l.file.Close()
}

func readPID(f *os.File) int {
	text, err := io.ReadAll(io.LimitReader(f, 32))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return pid
}

func stillNamed(f *os.File, path string) bool {
	mine, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(path)
	return err == nil && os.SameFile(mine, named)
}
