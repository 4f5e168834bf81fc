//go:build linux

package rpc

import (
	"errors"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"

	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// interfaces are those of a network namespace.
func (s *agentServer) interfaces(namespace string) ([]*farsockv1.NetworkInterface, error) {
	list, entered, err := sock.Interfaces(namespace)
	switch {
	case noDescriptor(entered.Errno), noDescriptor(err):
		// Reading them takes a descriptor. The limits, which say why there is
		// none, matter more.
		s.Logger.Warn("no descriptor is left to read the interfaces with", "error", err)
		return nil, nil
	case !entered.OK():
		return nil, wire.Errorf(codes.FailedPrecondition, farsockv1.ErrorReason_ERROR_REASON_NETWORK_NAMESPACE_UNUSABLE,
			map[string]string{"network_namespace": namespace, "errno": entered.ErrnoName(), "syscall": entered.Syscall},
			"network namespace %q cannot be entered: %s (%s)", namespace, entered.ErrnoName(), entered.Syscall)
	case err != nil:
		return nil, hostFailed(err)
	}
	out := make([]*farsockv1.NetworkInterface, len(list))
	for i, n := range list {
		out[i] = &farsockv1.NetworkInterface{
			Name: n.Name, Index: int32(n.Index), Mtu: int32(n.MTU), Up: n.Up, Loopback: n.Loopback,
		}
		for _, a := range n.Addresses {
			out[i].Addresses = append(out[i].Addresses, a.String())
		}
	}
	return out, nil
}

// namespaces are those of the host that have names.
func (s *agentServer) namespaces() ([]*farsockv1.NetworkNamespace, error) {
	list, err := sock.Namespaces()
	if noDescriptor(err) {
		s.Logger.Warn("no descriptor is left to read the network namespaces with", "error", err)
		return nil, nil
	}
	if err != nil {
		return nil, hostFailed(err)
	}
	out := make([]*farsockv1.NetworkNamespace, len(list))
	for i, n := range list {
		out[i] = &farsockv1.NetworkNamespace{Name: n.Name, Path: n.Path, Inode: n.Inode, Own: n.Own}
	}
	return out, nil
}

func noDescriptor(err error) bool { return errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE) }
