package intercept

import (
	"context"
	"log/slog"

	"google.golang.org/grpc"

	"github.com/farsock/farsock/agent/internal/policy"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// audit writes one line for each socket that was asked for, given an address
// or closed: who, what, what the kernel said, and how many bytes went. Denials
// are written where they are decided, ends of sessions by the lease table's
// owner. A repeated Open or Accept is told again with the same uid.
type audit struct{ log *slog.Logger }

// answer is what the responses of the audited RPCs share.
type answer interface {
	GetSocket() *farsockv1.Socket
	GetOutcome() *farsockv1.Outcome
}

// audited names the event of each RPC that is written down.
var audited = map[string]string{
	farsockv1.SocketService_Open_FullMethodName:    "open",
	farsockv1.SocketService_Accept_FullMethodName:  "accept",
	farsockv1.SocketService_Bind_FullMethodName:    "bind",
	farsockv1.SocketService_Listen_FullMethodName:  "listen",
	farsockv1.SocketService_Connect_FullMethodName: "connect",
	farsockv1.SocketService_Close_FullMethodName:   "close",
}

func (a *audit) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	resp, err := handler(ctx, req)
	event := audited[info.FullMethod]
	if event == "" || err != nil {
		return resp, err
	}
	if r, ok := resp.(answer); ok && told(event, r) {
		a.write(ctx, event, r)
	}
	return resp, nil
}

// told leaves out accepts that took no connection: somebody who polls a
// listener is not news.
func told(event string, r answer) bool {
	return event != "accept" || r.GetSocket() != nil
}

func (a *audit) write(ctx context.Context, event string, r answer) {
	who, _ := policy.FromContext(ctx)
	rule, _ := ctx.Value(ruleKey{}).(string)
	attrs := []slog.Attr{
		slog.String("event", event),
		slog.String("who", who.String()),
		slog.String("rule", rule),
		slog.String("outcome", r.GetOutcome().GetCode().String()),
	}
	if e := r.GetOutcome().GetErrnoName(); e != "" {
		attrs = append(attrs, slog.String("errno", e))
	}
	if s := r.GetSocket(); s != nil {
		attrs = append(attrs,
			slog.String("socket", s.GetUid()),
			slog.String("name", s.GetName()),
			slog.String("family", s.GetFamily().String()),
			slog.String("type", s.GetType().String()),
			slog.String("local", wire.FormatAddress(s.GetLocal())),
			slog.String("peer", wire.FormatAddress(s.GetPeer())))
		if event == "close" {
			attrs = append(attrs, slog.Int64("read", s.GetReadOffset()), slog.Int64("sent", s.GetSendOffset()))
		}
	} else if o := r.GetOutcome(); o != nil {
		attrs = append(attrs,
			slog.String("local", wire.FormatAddress(o.GetLocal())),
			slog.String("peer", wire.FormatAddress(o.GetPeer())))
	}
	a.log.LogAttrs(ctx, slog.LevelInfo, "audit", attrs...)
}
