//go:build linux

package rpc_test

import (
	"net"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// What comes beside the bytes of a stream comes in a Stream too, and what is
// closed or lost of it is told.
func TestStreamControl(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	name := filepath.Join(t.TempDir(), "s")
	l := h.open(&farsockv1.OpenRequest{Session: "sessions/t", Family: farsockv1.Family_FAMILY_UNIX, Type: farsockv1.SocketType_SOCKET_TYPE_STREAM, Bind: unixPath(name), Listen: &farsockv1.ListenStage{}})
	local, err := net.Dial("unix", name)
	if err != nil {
		t.Fatal(err)
	}
	defer local.Close()
	a := h.accept(l, "")
	h.set(a, &farsockv1.SocketOption{Option: &farsockv1.SocketOption_Raw{Raw: &farsockv1.RawOption{
		Level: unix.SOL_SOCKET, Name: unix.SO_PASSCRED, Value: &farsockv1.RawOption_IntValue{IntValue: 1}}}})
	if _, _, err := local.(*net.UnixConn).WriteMsgUnix([]byte("with two"), unix.UnixRights(0, 1), nil); err != nil {
		t.Fatal(err)
	}
	st := h.attach(a)
	m, err := st.grpc.Recv()
	if err != nil {
		t.Fatal(err)
	}
	d := m.GetData()
	if string(d.GetData()) != "with two" || d.GetDescriptorsClosed() != 2 || d.GetControlTruncated() ||
		len(d.GetControl()) != 1 || d.GetControl()[0].GetType() != unix.SCM_CREDENTIALS {
		t.Errorf("got %v", m)
	}
}
