//go:build linux

package rpc

import (
	"crypto/sha256"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/farsock/farsock/agent/internal/sock"
	"github.com/farsock/farsock/proto/wire"
)

// digestOf is a request's content: what a repeat must have in common with it.
// The request id is the key and `wait` is each caller's own, so neither counts.
func digestOf(m proto.Message) ([32]byte, error) {
	content := proto.Clone(m).ProtoReflect()
	for _, name := range []protoreflect.Name{"request_id", "wait"} {
		content.Clear(content.Descriptor().Fields().ByName(name))
	}
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(content.Interface())
	if err != nil {
		return [32]byte{}, fmt.Errorf("digest of a request: %w", err)
	}
	raw = append(raw, content.Descriptor().FullName()...) // an Open is no Accept
	return sha256.Sum256(raw), nil
}

// sharedWait is the wait of an operation that several callers may share: each
// leaves by its own, and the operation's context ends with the last.
func sharedWait(d *durationpb.Duration) sock.Wait {
	switch {
	case d == nil:
		return sock.Forever()
	case d.AsDuration() > 0:
		return sock.For(wire.MaxWait)
	default:
		return sock.For(0)
	}
}
