package agentd

import (
	"errors"
	"io/fs"
	"os"
	"sync"
)

// maxLogFile is where a log file is put aside as PATH.old, in bytes. The one
// put aside before is then gone: a log takes at most twice this.
const maxLogFile = 4 << 20

// logFile is a file that a detached agent can write to for months. A line for
// which there is no room is lost whole; how many were is the first line once
// there is room again.
type logFile struct {
	path string                           // immutable
	max  int64                            // immutable
	note func(lost int, why error) []byte // immutable; a line that says so

	mu   sync.Mutex
	file *os.File // guarded by mu
	size int64    // guarded by mu
	lost int      // guarded by mu; lines since the last that was written
	why  error    // guarded by mu; of the first of them
}

// openLogFile appends to the file, or makes it with mode 0600. The caller
// closes it. note makes the line that tells of lost ones.
func openLogFile(path string, max int64, note func(lost int, why error) []byte) (*logFile, error) {
	l := &logFile{path: path, max: max, note: note}
	return l, l.open()
}

func (l *logFile) open() error {
	f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return err
	}
	l.file, l.size = f, info.Size()
	return nil
}

// Write is io.Writer's; a line is never split, nor between two files. It does
// not wait for room.
func (l *logFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return 0, fs.ErrClosed
	}
	line := p
	if l.lost > 0 {
		line = append(l.note(l.lost, l.why), p...)
	}
	if err := l.append(line); err != nil {
		if l.lost++; l.lost == 1 {
			l.why = err
		}
		return 0, err
	}
	l.lost, l.why = 0, nil
	return len(p), nil
}

// append writes all of p or nothing; l.mu is locked.
func (l *logFile) append(p []byte) error {
	if l.size > 0 && l.size+int64(len(p)) > l.max {
		if err := l.turn(); err != nil {
			return err
		}
	}
	n, err := l.file.Write(p)
	if err == nil {
		l.size += int64(n)
		return nil
	}
	if n > 0 && l.file.Truncate(l.size) != nil {
		l.size += int64(n) // the rest of the line is missing
	}
	return err
}

func (l *logFile) turn() error {
	if err := os.Rename(l.path, l.path+".old"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	old := l.file
	if err := l.open(); err != nil {
		return err
	}
	return old.Close()
}

// Close is io.Closer's.
func (l *logFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}
