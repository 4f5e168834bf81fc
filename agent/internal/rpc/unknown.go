//go:build linux

package rpc

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/farsock/farsock/proto/wire"
)

// refuseUnknown walks the whole request. A field that this agent has never
// heard of is something the client wants done: doing the rest without it would
// be half of what was asked.
func refuseUnknown(m proto.Message) error {
	return refuseUnknownIn(m.ProtoReflect())
}

func refuseUnknownIn(m protoreflect.Message) (err error) {
	if raw := m.GetUnknown(); len(raw) > 0 {
		number, _, n := protowire.ConsumeField(raw)
		if n < 0 {
			number = 0 // the decoder keeps only well-formed fields
		}
		return wire.UnknownField(string(m.Descriptor().FullName()), int32(number))
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.Message() == nil:
		case fd.IsList():
			list := v.List()
			for i := 0; i < list.Len() && err == nil; i++ {
				err = refuseUnknownIn(list.Get(i).Message())
			}
		default:
			err = refuseUnknownIn(v.Message())
		}
		return err == nil
	})
	return err
}
