//go:build linux

package rpc

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/farsock/farsock/agent/internal/session"
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// describe is a socket in the contract's words.
func describe(e *Entry, i sock.Info) *farsockv1.Socket {
	return &farsockv1.Socket{
		Name:              wire.SocketName(e.Session().ID(), e.Name()),
		Uid:               e.UID(),
		SessionUid:        e.Session().UID(),
		Family:            familyTo(i.Family),
		Type:              typeTo(i.Type),
		Protocol:          int32(i.Protocol),
		State:             stateTo(i.State),
		TcpState:          i.TCPState,
		Local:             addressTo(i.Local),
		Peer:              addressTo(i.Peer),
		CreateTime:        timestamppb.New(e.Created),
		ListenerUid:       e.ListenerUID,
		Backlog:           figure[int32](i.Backlog),
		AcceptQueue:       figure[int32](i.AcceptQueue),
		ReadOffset:        i.ReadOffset,
		AckedOffset:       i.AckedOffset,
		SendOffset:        i.SendOffset,
		HeldBytes:         i.Held,
		ReceiveQueue:      figure[int64](i.ReceiveQueue),
		SendQueue:         figure[int64](i.SendQueue),
		KernelDrops:       i.Drops,
		DescriptorsClosed: i.DescriptorsClosed,
		Attached:          i.Attached,
		EndSeen:           i.EndSeen,
		ReadShutDown:      i.ReadShutDown,
		WriteShutDown:     i.WriteShutDown,
		NetworkNamespace:  i.Namespace,
		AtMark:            i.AtMark,
	}
}

// sessionTo is a session in the contract's words.
func sessionTo(i session.Info) *farsockv1.Session {
	return &farsockv1.Session{
		Name:          wire.SessionName(i.ID),
		Uid:           i.UID,
		Identity:      i.Identity,
		Ttl:           durationpb.New(i.TTL),
		TimeLeft:      durationpb.New(i.TimeLeft),
		CreateTime:    timestamppb.New(i.Created),
		State:         sessionStateTo(i.State),
		SocketCount:   int32(i.Sockets),
		CallsUnderWay: int32(i.Calls),
	}
}

func sessionStateTo(s session.State) farsockv1.SessionState {
	switch s {
	case session.Active:
		return farsockv1.SessionState_SESSION_STATE_ACTIVE
	case session.Expired:
		return farsockv1.SessionState_SESSION_STATE_EXPIRED
	default: // the agent's own end closes sessions too
		return farsockv1.SessionState_SESSION_STATE_CLOSED
	}
}

// ttlOf is nil for unset.
func ttlOf(d *durationpb.Duration) *time.Duration {
	if d == nil {
		return nil
	}
	v := d.AsDuration()
	return &v
}
