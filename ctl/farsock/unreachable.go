package farsock

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/farsock/farsock/proto/wire"
)

// UnreachableError says that no agent answered at an endpoint, or that the
// connection to it broke while a call was under way.
type UnreachableError struct {
	Endpoint string
	Err      error
}

func (e *UnreachableError) Error() string {
	if lost, ok := errors.AsType[*lostError](e.Err); ok {
		return fmt.Sprintf("lost the agent at %s: %s", e.Endpoint, lost)
	}
	return fmt.Sprintf("cannot reach the agent at %s: %s", e.Endpoint, innermost(e.Err))
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// GRPCStatus makes the error UNAVAILABLE to those who look at codes, unless the
// cause has a status of its own: an agent that does not admit us says so.
func (e *UnreachableError) GRPCStatus() *status.Status {
	if st, ok := status.FromError(e.Err); ok && e.Err != nil {
		p := st.Proto() // a copy
		p.Message = e.Error()
		return status.FromProto(p)
	}
	return status.New(codes.Unavailable, e.Error())
}

// innermost is the cause of a failed dial for people: what the operation was and
// where, they know from the endpoint.
func innermost(err error) string {
	for {
		switch e := err.(type) { // only at the top: others may have added words
		case *net.OpError:
			err = e.Err
			continue
		case *os.SyscallError:
			err = e.Err
			continue
		case *earlierError:
			err = e.err
			continue
		case *SSHError: // has its own sentence for what follows
			return e.Error()
		}
		break
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "no answer in time"
	case errors.Is(err, context.Canceled):
		return "given up before it answered"
	}
	return text(err)
}

// earlierError is why the last dial failed, told by a later call. It is no
// errno, time-out or EOF to those who ask: those are what sockets report, and
// this is about the way to their agent. An *SSHError is still found.
type earlierError struct {
	err error
}

func (e *earlierError) Error() string { return innermost(e.err) }

func (e *earlierError) As(target any) bool {
	ssh, ok := target.(**SSHError)
	return ok && errors.As(e.err, ssh)
}

// lostError is what ended a connection that had been made; to those who ask it
// is as little as earlierError.
type lostError struct {
	err error // errDeaf, or what reading or writing failed with
}

func (e *lostError) Error() string {
	switch {
	case errors.Is(e.err, io.EOF):
		return "the connection was closed at the other end"
	case errors.Is(e.err, errDeaf):
		return e.err.Error()
	}
	return "the connection broke: " + innermost(e.err)
}

// errDeaf is why gRPC itself gives a connection up.
var errDeaf = errors.New("what is at the other end has stopped answering, or is not an agent")

// explain puts the carrier's knowledge in the place of gRPC's account of a
// connection that could not be made, or broke: gRPC keeps only a text of it.
func (c *carrier) explain(err error) error {
	if status.Code(err) != codes.Unavailable {
		return err
	}
	if _, ours := wire.InfoOf(err); ours {
		return err
	}
	c.mu.Lock()
	cause, closed := c.cause, c.closed
	c.mu.Unlock()
	if cause == nil || closed {
		return err
	}
	return &UnreachableError{Endpoint: c.endpoint, Err: cause}
}

// unary has to be the last interceptor, which sees gRPC's own errors.
func (c *carrier) unary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	return c.explain(invoke(ctx, method, req, reply, cc, opts...))
}

func (c *carrier) stream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	s, err := open(ctx, desc, cc, method, opts...)
	if err != nil {
		return nil, c.explain(err)
	}
	return &explained{ClientStream: s, carrier: c}, nil
}

// explained is a stream whose errors are the carrier's. Those of sending are
// io.EOF where the connection broke, and then receiving has the real one.
type explained struct {
	grpc.ClientStream
	carrier *carrier // immutable
}

func (s *explained) RecvMsg(m any) error { return s.carrier.explain(s.ClientStream.RecvMsg(m)) }
