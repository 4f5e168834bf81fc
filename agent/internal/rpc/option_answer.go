//go:build linux

package rpc

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// optionTo is the contract's word for an option that was read.
func optionTo(o sock.Option) *farsockv1.SocketOption {
	field, typed := kindFields[o.Kind]
	if !typed {
		return rawTo(o.Raw)
	}
	out := &farsockv1.SocketOption{}
	out.ProtoReflect().Set(field, valueTo(field, o))
	return out
}

func valueTo(field protoreflect.FieldDescriptor, o sock.Option) protoreflect.Value {
	switch field.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(o.Bool)
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(int32(o.Int))
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(uint32(o.Int))
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(o.Text)
	}
	var m proto.Message
	switch o.Kind {
	case sock.OptLinger:
		m = lingerTo(o.Linger)
	case sock.OptMulticastJoin, sock.OptMulticastLeave:
		m = membershipTo(o.Membership)
	default:
		m = durationpb.New(o.Timeout)
	}
	return protoreflect.ValueOfMessage(m.ProtoReflect())
}

func lingerTo(l sock.Linger) *farsockv1.Linger {
	m := &farsockv1.Linger{On: l.On}
	if l.On { // else the kernel's figure means nothing, and could not be set again
		seconds := int32(l.Seconds)
		m.Seconds = &seconds
	}
	return m
}

func membershipTo(m sock.Membership) *farsockv1.MulticastMembership {
	out := &farsockv1.MulticastMembership{Group: m.Group.String(), InterfaceName: m.Interface}
	if m.Source.IsValid() {
		out.Source = m.Source.String()
	}
	return out
}

func rawTo(r sock.Raw) *farsockv1.SocketOption {
	raw := &farsockv1.RawOption{Level: int32(r.Level), Name: int32(r.Name)}
	if r.Int != nil {
		raw.Value = &farsockv1.RawOption_IntValue{IntValue: *r.Int}
	} else {
		raw.Value = &farsockv1.RawOption_BytesValue{BytesValue: r.Bytes}
	}
	return &farsockv1.SocketOption{Option: &farsockv1.SocketOption_Raw{Raw: raw}}
}
