package farsock

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// repeatWait is for how long an agent is tried to reach, after a connection broke
// under a call that may be repeated, where the caller's context has no deadline.
const repeatWait = 5 * time.Second

// Open is Sockets.Open over connections that break: it is repeated with the same
// request id, which it gets if it has none, so that no second socket is made. It
// ends with *UnreachableError when the agent has been out of reach for 5 s, or at
// the context's deadline if there is one. What it had waited counts in `wait`.
//
// Dial, Listen, ListenPacket and Dialer use it.
func (c *Client) Open(ctx context.Context, req *farsockv1.OpenRequest) (*farsockv1.OpenResponse, error) {
	return c.open(ctx, proto.CloneOf(req))
}

// open changes req: at its end it has the last request id.
func (c *Client) open(ctx context.Context, req *farsockv1.OpenRequest) (res *farsockv1.OpenResponse, err error) {
	if req.GetRequestId() == "" {
		req.RequestId = uuid.NewString()
	}
	wait := budget{of: req.GetWait(), began: time.Now()}
	err = c.repeat(ctx, func(broken bool) error {
		if broken {
			req.Wait = wait.left()
		}
		res, err = c.Sockets.Open(ctx, req)
		abandoned := broken && err == nil && !req.GetKeepOnFailure() &&
			res.GetOutcome().GetCode() == farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED
		if req.Wait = wait.left(); !abandoned || req.Wait != nil && req.GetWait().AsDuration() == 0 {
			return err
		}
		// The agent gave up what we had asked for when it saw the connection
		// break. It made nothing.
		req.RequestId = uuid.NewString()
		res, err = c.Sockets.Open(ctx, req)
		return err
	})
	return res, err
}

// Accept is Sockets.Accept over connections that break, as Open is: no second
// connection is taken.
func (c *Client) Accept(ctx context.Context, req *farsockv1.AcceptRequest) (res *farsockv1.AcceptResponse, err error) {
	req = proto.CloneOf(req)
	if req.GetRequestId() == "" {
		req.RequestId = uuid.NewString()
	}
	wait := budget{of: req.GetWait(), began: time.Now()}
	err = c.repeat(ctx, func(broken bool) error {
		if broken {
			req.Wait = wait.left()
		}
		res, err = c.Sockets.Accept(ctx, req)
		return err
	})
	return res, err
}

// budget is a request's wait, over several calls.
type budget struct {
	of    *durationpb.Duration // nil: no bound
	began time.Time
}

func (b budget) left() *durationpb.Duration {
	if b.of == nil {
		return nil
	}
	return durationpb.New(max(b.of.AsDuration()-time.Since(b.began), 0))
}

// repeat calls until it is answered, whatever the answer, or the agent has been
// out of reach for long enough. broken says that the call was made before, on a
// connection that broke.
func (c *Client) repeat(ctx context.Context, call func(broken bool) error) error {
	var until time.Time // zero: nothing broke
	for failures := 0; ; failures++ {
		began := time.Now()
		err := call(!until.IsZero())
		if !broke(err) || ctx.Err() != nil {
			return err
		}
		if until.IsZero() || time.Since(began) > steady {
			until, failures = time.Now().Add(repeatWait), 0
			if deadline, ok := ctx.Deadline(); ok {
				until = deadline.Add(time.Second) // ctx ends first, and is then the reason
			}
		}
		if time.Now().After(until) || !sleep(ctx, pause(failures)) {
			return err
		}
		if err := c.reach(ctx, until); err != nil {
			return err
		}
	}
}

// broke says that the connection did, or is not there: the call may not have
// reached the agent, or its answer us.
func broke(err error) bool {
	if err == nil || status.Code(err) != codes.Unavailable {
		return false
	}
	_, said := wire.InfoOf(err)
	_, slow := errors.AsType[*SilentError](err)
	return !said && !slow
}
