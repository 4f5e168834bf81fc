package agentd

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// endpoint is a unix socket that this agent alone serves.
type endpoint struct {
	path  string
	ln    *net.UnixListener
	lock  *fileLock
	inode fs.FileInfo // what ln's path was when it was bound
}

// listenUnix takes the path's lock, removes what a dead agent left there, and
// listens. The caller closes the endpoint. group, if not nil, may connect.
func listenUnix(path string, group *uint32) (*endpoint, error) {
	if err := prepareFolder(path, group); err != nil {
		return nil, err
	}
	lock, err := lockFile(path+".lock", path)
	if err != nil {
		return nil, err
	}
	e, err := bindUnix(path, group)
	if err != nil {
		lock.release()
		return nil, err
	}
	e.lock = lock
	return e, nil
}

func bindUnix(path string, group *uint32) (*endpoint, error) {
	if err := removeStale(path); err != nil {
		return nil, err
	}
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	// By its own name somebody else's socket could be removed: see close.
	ln.SetUnlinkOnClose(false)
	e := &endpoint{path: path, ln: ln}
	if e.inode, err = os.Lstat(path); err == nil {
		err = giveTo(path, group)
	}
	if err == nil {
		err = refuseDescriptors(ln)
	}
	if err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

// passRights is SO_PASSRIGHTS, of Linux 6.16.
const passRights = 83

// refuseDescriptors keeps clients from sending descriptors over connections
// that ln will accept: nothing in the protocol does, and reading past one that
// lingers would sleep for as long as its sender likes. An older kernel takes
// them all the same.
func refuseDescriptors(ln *net.UnixListener) error {
	raw, err := ln.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, passRights, 0)
	})
	if failed != nil && !errors.Is(failed, unix.ENOPROTOOPT) {
		return failed
	}
	return err
}

// giveTo narrows who can connect at all; who is then admitted is asked of the
// kernel for each connection, so the moment before this does no harm.
func giveTo(path string, group *uint32) error {
	if group == nil {
		return os.Chmod(path, 0o600)
	}
	if err := os.Chown(path, -1, int(*group)); err != nil {
		return fmt.Errorf("giving the socket to the group: %w", err)
	}
	return os.Chmod(path, 0o660)
}

// removeStale removes a socket that nobody serves: its lock is ours.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSocket == 0 {
		return fmt.Errorf("%s is there and is a %s, not a socket; it was left alone", path, kind(info))
	}
	return os.Remove(path)
}

// close ends listening, removes the socket if the path still names it, and
// gives the lock back. It may be called again.
func (e *endpoint) close() {
	if e.inode != nil {
		if now, err := os.Lstat(e.path); err == nil && os.SameFile(e.inode, now) {
			os.Remove(e.path)
		}
		e.inode = nil
	}
	e.ln.Close()
	if e.lock != nil {
		e.lock.release()
		e.lock = nil
	}
}
