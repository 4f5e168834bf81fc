package intercept

import (
	"context"
	"errors"
	"sync"
	"testing"

	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// slow holds its calls until released.
type slow struct {
	farsockv1.UnimplementedAgentServiceServer
	farsockv1.UnimplementedSocketServiceServer
	entered chan struct{}
	release chan struct{}
}

func (s *slow) GetAgent(context.Context, *farsockv1.GetAgentRequest) (*farsockv1.GetAgentResponse, error) {
	s.entered <- struct{}{}
	<-s.release
	return &farsockv1.GetAgentResponse{}, nil
}

func (s *slow) Stream(farsockv1.SocketService_StreamServer) error {
	s.entered <- struct{}{}
	<-s.release
	return nil
}

func TestGateRefusesNewWorkAndWaitsForOld(t *testing.T) {
	s := &slow{entered: make(chan struct{}), release: make(chan struct{})}
	r := start(t, config{services: services{agent: s, socket: s}})
	ctx := t.Context()
	old := make(chan error, 2)
	go func() { old <- r.getAgent(ctx) }()
	go func() {
		stream, err := farsockv1.NewSocketServiceClient(r.client).Stream(ctx)
		if err == nil {
			_, err = stream.Recv()
		}
		old <- err
	}()
	<-s.entered
	<-s.entered
	if n := r.gate.Inside(); n != 2 {
		t.Fatalf("%d calls inside, want 2", n)
	}
	r.gate.Shut()

	stream, err := farsockv1.NewSocketServiceClient(r.client).Stream(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, streamErr := stream.Recv()
	for name, err := range map[string]error{"unary": r.getAgent(ctx), "stream": streamErr} {
		info, _ := wire.InfoOf(err)
		if info.Code != codes.Unavailable || info.Reason != farsockv1.ErrorReason_ERROR_REASON_SHUTTING_DOWN {
			t.Errorf("new %s call: %v", name, err)
		}
	}
	if _, err := healthpb.NewHealthClient(r.client).Check(ctx, &healthpb.HealthCheckRequest{}); err != nil {
		t.Errorf("health has to answer on: %v", err)
	}

	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := r.gate.Wait(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait with calls inside: %v", err)
	}
	close(s.release)
	if err := r.gate.Wait(ctx); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := <-old; err != nil && err.Error() != "EOF" {
			t.Errorf("a call under way did not finish: %v", err)
		}
	}
	if err := r.gate.Wait(ended); err != nil {
		t.Errorf("Wait on an empty gate: %v", err)
	}
}

func TestGateConcurrently(t *testing.T) {
	g := &Gate{}
	var callers, in sync.WaitGroup
	in.Add(50)
	for i := range 100 {
		callers.Go(func() {
			if i < 50 {
				defer in.Done()
			}
			for range 100 {
				if g.enter() {
					g.leave()
				}
			}
		})
	}
	in.Wait()
	g.Shut()
	if err := g.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if g.enter() {
		t.Error("a shut gate let somebody in")
	}
	callers.Wait()
	if n := g.Inside(); n != 0 {
		t.Errorf("%d left inside", n)
	}
}
