package intercept

import (
	"context"
	"net"
	"slices"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/farsock/farsock/proto/creds"
	"github.com/farsock/farsock/proto/wire"
)

// Registrar registers services with a server so that what gRPC itself refuses
// about their messages, before an interceptor sees a call, is said in the
// contract's words; and so that messages pass Answer and
// Decoded. The server's codec has to know Incoming.
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
		t := r.begin(ctx)
		defer t.end()
		reply, err := handler(srv, ctx, func(m any) error { return t.receive(m, decode) }, chain)
		if err != nil {
			return nil, err
		}
		m, err := t.answer(reply)
		if err != nil {
			return nil, err
		}
		t.dropped(m)
		return m, nil
	}
}

func (r registrar) stream(handler grpc.StreamHandler) grpc.StreamHandler {
	return func(srv any, ss grpc.ServerStream) error {
		t := r.begin(ss.Context())
		defer t.end()
		return handler(srv, &telling{ServerStream: ss, traffic: t})
	}
}

// telling is a stream whose messages pass Answer and Decoded.
type telling struct {
	grpc.ServerStream
	traffic *traffic
}

// SendMsg is grpc.ServerStream's.
func (s *telling) SendMsg(m any) error {
	m, err := s.traffic.answer(m)
	if err != nil {
		return err
	}
	err = s.ServerStream.SendMsg(m)
	// A context that ends first means that gRPC may have been given the message
	// when it had forgotten the call.
	if s.Context().Err() != nil {
		s.traffic.dropped(m)
	}
	return err
}

// RecvMsg is grpc.ServerStream's.
func (s *telling) RecvMsg(m any) error { return s.traffic.receive(m, s.ServerStream.RecvMsg) }

// traffic is what one call receives and answers.
type traffic struct {
	cfg  Config   // immutable
	conn net.Conn // immutable; nil if nobody knows it

	mu      sync.Mutex
	decoded int  // guarded by mu; bytes
	over    bool // guarded by mu; the handler has returned
}

func (r registrar) begin(ctx context.Context) *traffic {
	auth, _ := creds.FromContext(ctx)
	return &traffic{cfg: r.cfg, conn: auth.Conn}
}

// end takes back what was told of the call.
func (t *traffic) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	if t.cfg.Decoded != nil && t.conn != nil {
		t.cfg.Decoded(t.conn, -t.decoded)
	}
}

func (t *traffic) took(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over || t.cfg.Decoded == nil || t.conn == nil {
		return
	}
	t.decoded += n
	t.cfg.Decoded(t.conn, n)
}

func (t *traffic) answer(reply any) (any, error) {
	m, ok := reply.(proto.Message)
	if !ok {
		return reply, nil
	}
	if n := proto.Size(m); n > wire.MaxMessageBytes {
		return nil, wire.LimitExceeded(wire.LimitMessageBytes, wire.MaxMessageBytes, "the answer has %d bytes", n)
	}
	if t.cfg.Answer != nil && t.conn != nil {
		return t.cfg.Answer(t.conn, m), nil
	}
	return m, nil
}

func (t *traffic) dropped(m any) {
	if t.cfg.Dropped != nil {
		t.cfg.Dropped(m)
	}
}

// Incoming is what the codec is asked to fill: a message, and if it could not be
// had, why. The codec does not fail, since gRPC would then answer the call
// itself and in its own words.
type Incoming struct {
	Message proto.Message
	Length  int   // in bytes; set by the codec
	Err     error // what is wrong with them; set by the codec
}

// messageHeader is what gRPC puts before each message, in bytes.
const messageHeader = 5

// receive decodes the next message into m.
func (t *traffic) receive(m any, decode func(any) error) error {
	message, ok := m.(proto.Message)
	if !ok {
		return decode(m)
	}
	in := &Incoming{Message: message}
	if err := decode(in); err != nil {
		return err
	}
	t.took(in.Length + messageHeader)
	switch {
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
