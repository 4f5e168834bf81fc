package intercept

import (
	"context"
	"slices"

	middleware "github.com/grpc-ecosystem/go-grpc-middleware/v2"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/farsock/farsock/proto/creds"
	"github.com/farsock/farsock/proto/wire"
)

// Registrar registers services with a server so that what gRPC itself refuses
// about their messages, before an interceptor sees a call, is said in the
// contract's words; and so that answers pass Answer.
func (cfg Config) Registrar(s grpc.ServiceRegistrar) grpc.ServiceRegistrar {
	return registrar{s, cfg}
}

type registrar struct {
	grpc.ServiceRegistrar
	cfg Config
}

// RegisterService is grpc.ServiceRegistrar's.
func (r registrar) RegisterService(desc *grpc.ServiceDesc, impl any) {
	own := *desc
	own.Methods = slices.Clone(desc.Methods)
	for i := range own.Methods {
		own.Methods[i].Handler = r.unary(own.Methods[i].Handler)
	}
	own.Streams = slices.Clone(desc.Streams)
	for i := range own.Streams {
		own.Streams[i].Handler = r.stream(own.Streams[i].Handler)
	}
	r.ServiceRegistrar.RegisterService(&own, impl)
}

func (r registrar) unary(handler grpc.MethodHandler) grpc.MethodHandler {
	return func(srv any, ctx context.Context, decode func(any) error, chain grpc.UnaryServerInterceptor) (any, error) {
		reply, err := handler(srv, ctx, func(m any) error { return receive(m, decode) }, chain)
		if err != nil {
			return nil, err
		}
		return r.cfg.answer(ctx, reply)
	}
}

func (r registrar) stream(handler grpc.StreamHandler) grpc.StreamHandler {
	return func(srv any, ss grpc.ServerStream) error {
		return handler(srv, &telling{WrappedServerStream: middleware.WrapServerStream(ss), cfg: r.cfg})
	}
}

// telling is a stream whose messages pass Answer.
type telling struct {
	*middleware.WrappedServerStream
	cfg Config
}

// SendMsg is grpc.ServerStream's.
func (a *telling) SendMsg(m any) error {
	m, err := a.cfg.answer(a.Context(), m)
	if err != nil {
		return err
	}
	return a.WrappedServerStream.SendMsg(m)
}

// RecvMsg is grpc.ServerStream's.
func (a *telling) RecvMsg(m any) error { return receive(m, a.WrappedServerStream.RecvMsg) }

func (cfg Config) answer(ctx context.Context, reply any) (any, error) {
	m, ok := reply.(proto.Message)
	if !ok {
		return reply, nil
	}
	if n := proto.Size(m); n > wire.MaxMessageBytes {
		return nil, wire.LimitExceeded(wire.LimitMessageBytes, wire.MaxMessageBytes, "the answer has %d bytes", n)
	}
	if conn, ok := creds.FromContext(ctx); ok && cfg.Answer != nil {
		return cfg.Answer(conn.Conn, m), nil
	}
	return m, nil
}

// Incoming is what the codec is asked to fill: a message, and if it could not be
// had, why. The codec does not fail, since gRPC would then answer the call
// itself and in its own words.
type Incoming struct {
	Message proto.Message
	Length  int   // in bytes; set by the codec
	Err     error // what is wrong with them; set by the codec
}

// receive decodes the next message into m.
func receive(m any, decode func(any) error) error {
	message, ok := m.(proto.Message)
	if !ok {
		return decode(m)
	}
	in := &Incoming{Message: message}
	switch err := decode(in); {
	case err != nil:
		return err
	case in.Length > wire.MaxMessageBytes:
		return wire.LimitExceeded(wire.LimitMessageBytes, wire.MaxMessageBytes, "the message has %d bytes", in.Length)
	case in.Err != nil:
		return wire.InvalidFields(wire.Violation{
			Field:       string(message.ProtoReflect().Descriptor().FullName()),
			Description: "is not such a message: its bytes are malformed, or a string is not valid UTF-8",
		})
	}
	return nil
}
