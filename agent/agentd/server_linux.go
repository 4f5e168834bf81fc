package agentd

import (
	"log/slog"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	"github.com/farsock/farsock/proto/creds"
	"github.com/farsock/farsock/proto/wire"
)

const (
	// streamWindow is how much of one stream a client may have sent and the
	// agent not yet handed to the kernel. Fixed, so that a stalled peer costs
	// this much and no more.
	streamWindow = 1 << 20
	// connWindow is the same for a connection. grpc-go gives it back as frames
	// arrive, so that a stalled stream does not stop its siblings.
	connWindow = 4 << 20
	// maxStreams bounds the calls under way on one connection; a client's gRPC
	// keeps more waiting.
	maxStreams = 2000
	// mostReceived is above the bound of a message, so that one which is not far
	// above it is refused in the contract's words rather than in gRPC's.
	mostReceived = 4 * wire.MaxMessageBytes
	// maxHeaders bounds a call's headers in bytes; ours take a few hundred.
	maxHeaders = 16 << 10
	// handshake bounds the time from connecting to HTTP/2's settings.
	handshake = 10 * time.Second
	// pingAfter and pingTimeout end connections whose other end has died.
	pingAfter   = 10 * time.Second
	pingTimeout = 5 * time.Second
	// pingLeast is how far apart a client's own pings have to be; half of what
	// ours use, since clocks and queues jitter.
	pingLeast = 5 * time.Second
)

// hardened are the server options that bound what a connection can cost;
// grpc-go's defaults are open-ended.
func hardened() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.MaxConcurrentStreams(maxStreams),
		grpc.MaxRecvMsgSize(mostReceived),
		grpc.MaxSendMsgSize(wire.MaxMessageBytes),
		grpc.MaxHeaderListSize(maxHeaders),
		grpc.ConnectionTimeout(handshake),
		grpc.StaticStreamWindowSize(streamWindow),
		grpc.StaticConnWindowSize(connWindow),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: pingAfter, Timeout: pingTimeout}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: pingLeast, PermitWithoutStream: true}),
		grpc.WaitForHandlers(true),
		grpc.ForceServerCodecV2(newCodec()),
	}
}

// unixCreds asks the kernel who connects, and writes down who was not let in:
// once for each connection, however much it then asks.
func unixCreds(who admission, log *slog.Logger) grpc.ServerOption {
	return grpc.Creds(creds.Server(creds.ServerConfig{
		Admit: who.refusal,
		Refused: func(p creds.Peer, why string) {
			id, d := who.decide(p, "")
			log.Warn("audit", "event", "deny", "who", id.String(), "pid", p.PID, "rule", d.Rule, "why", why)
		},
	}))
}
