package agentd

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// Over a connection to the agent nobody can send it descriptors.
func TestEndpointRefusesDescriptors(t *testing.T) {
	e, err := listenUnix(filepath.Join(t.TempDir(), "agent.sock"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	conn, err := net.Dial("unix", e.path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	u := conn.(*net.UnixConn)
	raw, err := u.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var known error
	must(t, raw.Control(func(fd uintptr) { _, known = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, passRights) }))
	if errors.Is(known, unix.ENOPROTOOPT) {
		t.Skip("this kernel has no SO_PASSRIGHTS")
	}
	if _, _, err := u.WriteMsgUnix([]byte("x"), unix.UnixRights(int(os.Stdin.Fd())), nil); !errors.Is(err, unix.EPERM) {
		t.Errorf("before it is accepted: %v", err)
	}
	accepted, err := e.ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	if _, _, err := u.WriteMsgUnix([]byte("x"), unix.UnixRights(int(os.Stdin.Fd())), nil); !errors.Is(err, unix.EPERM) {
		t.Errorf("afterwards: %v", err)
	}
	if _, _, err := u.WriteMsgUnix([]byte("x"), nil, nil); err != nil {
		t.Errorf("without any: %v", err)
	}
}
