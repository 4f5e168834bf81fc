//go:build linux

package rpc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

type agentServer struct {
	farsockv1.UnimplementedAgentServiceServer
	server
}

// NewAgentServer serves the agent's description.
func NewAgentServer(d Deps) farsockv1.AgentServiceServer {
	return &agentServer{server: newServer(d)}
}

// capabilities are stable words for what this build does.
var capabilities = []string{
	"tcp", "udp", "unix-stream", "unix-datagram", "ipv6",
	"re2", "manual-ack", "peek", "stream", "poll", "raw-options", "resolve", "request-id",
}

func (s *agentServer) GetAgent(_ context.Context, req *farsockv1.GetAgentRequest) (*farsockv1.GetAgentResponse, error) {
	if err := check(getAgentTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	hostname, kernel, err := host()
	if err != nil {
		return nil, hostFailed(err)
	}
	interfaces, err := interfaces()
	switch {
	case errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE):
		// Reading them takes a descriptor. The limits, which say why there is
		// none, matter more.
		s.Logger.Warn("no descriptor is left to read the interfaces with", "error", err)
		interfaces = nil
	case err != nil:
		return nil, hostFailed(err)
	}
	return &farsockv1.GetAgentResponse{Agent: &farsockv1.Agent{
		Version:      s.Agent.Version,
		Incarnation:  s.Agent.Incarnation,
		Hostname:     hostname,
		Os:           runtime.GOOS,
		Arch:         runtime.GOARCH,
		Kernel:       kernel,
		Pid:          int32(os.Getpid()),
		Uid:          int64(os.Getuid()),
		StartTime:    timestamppb.New(s.Agent.Start),
		Interfaces:   interfaces,
		Capabilities: capabilities,
		Limits:       s.limits(),
	}}, nil
}

func host() (name, kernel string, err error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "", "", fmt.Errorf("uname: %w", err)
	}
	return unix.ByteSliceToString(u.Nodename[:]), unix.ByteSliceToString(u.Release[:]), nil
}

func interfaces() ([]*farsockv1.NetworkInterface, error) {
	list, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var out []*farsockv1.NetworkInterface
	for _, i := range list {
		addresses, err := i.Addrs()
		switch {
		case errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE):
			return nil, err
		case err != nil:
			continue // it went away in between
		}
		n := &farsockv1.NetworkInterface{
			Name:     i.Name,
			Index:    int32(i.Index),
			Mtu:      int32(i.MTU),
			Up:       i.Flags&net.FlagUp != 0,
			Loopback: i.Flags&net.FlagLoopback != 0,
		}
		for _, a := range addresses {
			n.Addresses = append(n.Addresses, a.String())
		}
		out = append(out, n)
	}
	return out, nil
}

func hostFailed(err error) error {
	return wire.Errorf(codes.Internal, farsockv1.ErrorReason_ERROR_REASON_INTERNAL, nil,
		"the host cannot be described: %v", err)
}
