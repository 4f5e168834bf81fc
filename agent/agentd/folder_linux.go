package agentd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// prepareFolder makes sure that nobody but this user (or root) can put another
// socket in the place of ours. A missing folder is made with mode 0700. The
// default folder, in a temporary directory that all users share, has to be this
// user's own; its mode is set to 0700, or to 0710 and the group's for an agent
// that admits one.
func prepareFolder(socket string, group *uint32) error {
	dir := filepath.Dir(socket)
	isDefault := socket == defaultSocket(func(string) string { return "" })
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("the socket's folder: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("the socket's folder: %w", err)
	}
	if isDefault {
		return checkPrivate(dir, info, group)
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		if info, err = os.Stat(dir); err != nil {
			return fmt.Errorf("the socket's folder: %w", err)
		}
	}
	return checkShared(dir, info)
}

func checkPrivate(dir string, info fs.FileInfo, group *uint32) error {
	if !info.IsDir() {
		return fmt.Errorf("%s is a %s, not a folder", dir, kind(info))
	}
	if owner := ownerOf(info); owner != os.Geteuid() {
		return fmt.Errorf("%s belongs to uid %d, not to you (uid %d); remove it, or set FARSOCK_SOCKET", dir, owner, os.Geteuid())
	}
	mode := fs.FileMode(0o700)
	if group != nil {
		mode = 0o710
		if err := os.Chown(dir, -1, int(*group)); err != nil {
			return fmt.Errorf("giving the socket's folder to the group: %w", err)
		}
	}
	if info.Mode().Perm() == mode {
		return nil
	}
	return os.Chmod(dir, mode)
}

func checkShared(dir string, info fs.FileInfo) error {
	if !info.IsDir() {
		return fmt.Errorf("%s is a %s, not a folder", dir, kind(info))
	}
	if owner := ownerOf(info); owner != os.Geteuid() && owner != 0 {
		return fmt.Errorf("%s belongs to uid %d, who could put another socket there", dir, owner)
	}
	if info.Mode()&0o022 != 0 && info.Mode()&fs.ModeSticky == 0 {
		return fmt.Errorf("others can write to %s (mode %04o) and could put another socket there", dir, info.Mode().Perm())
	}
	return nil
}

func ownerOf(info fs.FileInfo) int { return int(info.Sys().(*syscall.Stat_t).Uid) }

func kind(info fs.FileInfo) string {
	switch m := info.Mode(); {
	case m&fs.ModeSymlink != 0:
		return "symbolic link"
	case m.IsRegular():
		return "file"
	case m&fs.ModeSocket != 0:
		return "socket"
	}
	return "special file"
}
