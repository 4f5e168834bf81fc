package agentd

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/farsock/farsock/agent/internal/intercept"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// verbose answers with more than a message may have.
type verbose struct {
	farsockv1.UnimplementedAgentServiceServer
	farsockv1.UnimplementedSocketServiceServer
}

var tooMuch = strings.Repeat("x", wire.MaxMessageBytes)

func (verbose) GetAgent(context.Context, *farsockv1.GetAgentRequest) (*farsockv1.GetAgentResponse, error) {
	return &farsockv1.GetAgentResponse{Agent: &farsockv1.Agent{Hostname: tooMuch}}, nil
}

func (verbose) Stream(ss grpc.BidiStreamingServer[farsockv1.StreamRequest, farsockv1.StreamResponse]) error {
	return ss.Send(&farsockv1.StreamResponse{Message: &farsockv1.StreamResponse_Data{Data: &farsockv1.StreamReceive{Data: []byte(tooMuch)}}})
}

// An answer above the bound is refused in the contract's words.
func TestAnswersAreBounded(t *testing.T) {
	s := grpc.NewServer(append(hardened(), grpc.Creds(insecure.NewCredentials()))...)
	r := intercept.Config{}.Registrar(s)
	farsockv1.RegisterAgentServiceServer(r, verbose{})
	farsockv1.RegisterSocketServiceServer(r, verbose{})
	path := filepath.Join(t.TempDir(), "s")
	ln, err := net.Listen("unix", path)
	must(t, err)
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	t.Cleanup(func() {
		s.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	c := dial(t, path)
	table := &farsockv1.Agent{Limits: []*farsockv1.Limit{{Name: wire.LimitMessageBytes, Max: wire.MaxMessageBytes}}}
	exceeded(t, c.get(t), table, wire.LimitMessageBytes)
	stream, err := c.sockets.Stream(t.Context())
	must(t, err)
	_, err = stream.Recv()
	exceeded(t, err, table, wire.LimitMessageBytes)
}
