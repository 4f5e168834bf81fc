//go:build linux

package rpc

import (
	"context"
	"fmt"
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

func (s *agentServer) GetAgent(ctx context.Context, req *farsockv1.GetAgentRequest) (*farsockv1.GetAgentResponse, error) {
	if err := check(getAgentTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	hostname, kernel, err := host()
	if err != nil {
		return nil, hostFailed(err)
	}
	interfaces, err := s.interfaces(req.GetNetworkNamespace())
	if err != nil {
		return nil, err
	}
	namespaces, err := s.namespaces()
	if err != nil {
		return nil, err
	}
	return &farsockv1.GetAgentResponse{Agent: &farsockv1.Agent{
		Version:           s.Agent.Version,
		Incarnation:       s.Agent.Incarnation,
		Hostname:          hostname,
		Os:                runtime.GOOS,
		Arch:              runtime.GOARCH,
		Kernel:            kernel,
		Pid:               int32(os.Getpid()),
		Uid:               int64(os.Getuid()),
		StartTime:         timestamppb.New(s.Agent.Start),
		Interfaces:        interfaces,
		Capabilities:      capabilities(),
		Limits:            s.limits(ctx),
		NetworkNamespaces: namespaces,
	}}, nil
}

func host() (name, kernel string, err error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "", "", fmt.Errorf("uname: %w", err)
	}
	return unix.ByteSliceToString(u.Nodename[:]), unix.ByteSliceToString(u.Release[:]), nil
}

func hostFailed(err error) error {
	return wire.Errorf(codes.Internal, farsockv1.ErrorReason_ERROR_REASON_INTERNAL, nil,
		"the host cannot be described: %v", err)
}
