//go:build linux

package rpc

import (
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// typedOption is one member of SocketOption that is built.
type typedOption struct {
	kind sock.OptionKind
	to   func(sock.Option) *farsockv1.SocketOption
}

var optionFields = (*farsockv1.SocketOption)(nil).ProtoReflect().Descriptor().Fields()

// typedOptions are by the member's name in the contract.
var typedOptions = map[string]typedOption{
	"reuse_address": {sock.OptReuseAddress, func(o sock.Option) *farsockv1.SocketOption {
		return &farsockv1.SocketOption{Option: &farsockv1.SocketOption_ReuseAddress{ReuseAddress: o.Bool}}
	}},
	"reuse_port": {sock.OptReusePort, func(o sock.Option) *farsockv1.SocketOption {
		return &farsockv1.SocketOption{Option: &farsockv1.SocketOption_ReusePort{ReusePort: o.Bool}}
	}},
	"linger": {sock.OptLinger, func(o sock.Option) *farsockv1.SocketOption {
		linger := &farsockv1.Linger{On: o.Linger.On}
		if linger.GetOn() { // else the kernel's figure means nothing, and could not be set again
			seconds := int32(o.Linger.Seconds)
			linger.Seconds = &seconds
		}
		return &farsockv1.SocketOption{Option: &farsockv1.SocketOption_Linger{Linger: linger}}
	}},
	"no_delay": {sock.OptNoDelay, func(o sock.Option) *farsockv1.SocketOption {
		return &farsockv1.SocketOption{Option: &farsockv1.SocketOption_NoDelay{NoDelay: o.Bool}}
	}},
	"keep_alive": {sock.OptKeepAlive, func(o sock.Option) *farsockv1.SocketOption {
		return &farsockv1.SocketOption{Option: &farsockv1.SocketOption_KeepAlive{KeepAlive: o.Bool}}
	}},
	"send_buffer": {sock.OptSendBuffer, func(o sock.Option) *farsockv1.SocketOption {
		return &farsockv1.SocketOption{Option: &farsockv1.SocketOption_SendBuffer{SendBuffer: int32(o.Int)}}
	}},
	"receive_buffer": {sock.OptReceiveBuffer, func(o sock.Option) *farsockv1.SocketOption {
		return &farsockv1.SocketOption{Option: &farsockv1.SocketOption_ReceiveBuffer{ReceiveBuffer: int32(o.Int)}}
	}},
	"v6_only": {sock.OptV6Only, func(o sock.Option) *farsockv1.SocketOption {
		return &farsockv1.SocketOption{Option: &farsockv1.SocketOption_V6Only{V6Only: o.Bool}}
	}},
	"broadcast": {sock.OptBroadcast, func(o sock.Option) *farsockv1.SocketOption {
		return &farsockv1.SocketOption{Option: &farsockv1.SocketOption_Broadcast{Broadcast: o.Bool}}
	}},
	"ttl": {sock.OptTTL, func(o sock.Option) *farsockv1.SocketOption {
		return &farsockv1.SocketOption{Option: &farsockv1.SocketOption_Ttl{Ttl: int32(o.Int)}}
	}},
}

// optionOf expects an option that was checked: its member is built.
func optionOf(o *farsockv1.SocketOption) sock.Option {
	switch v := o.GetOption().(type) {
	case *farsockv1.SocketOption_ReuseAddress:
		return sock.Option{Kind: sock.OptReuseAddress, Bool: v.ReuseAddress}
	case *farsockv1.SocketOption_ReusePort:
		return sock.Option{Kind: sock.OptReusePort, Bool: v.ReusePort}
	case *farsockv1.SocketOption_Linger:
		return sock.Option{Kind: sock.OptLinger, Linger: sock.Linger{On: v.Linger.GetOn(), Seconds: int(v.Linger.GetSeconds())}}
	case *farsockv1.SocketOption_NoDelay:
		return sock.Option{Kind: sock.OptNoDelay, Bool: v.NoDelay}
	case *farsockv1.SocketOption_KeepAlive:
		return sock.Option{Kind: sock.OptKeepAlive, Bool: v.KeepAlive}
	case *farsockv1.SocketOption_SendBuffer:
		return sock.Option{Kind: sock.OptSendBuffer, Int: int(v.SendBuffer)}
	case *farsockv1.SocketOption_ReceiveBuffer:
		return sock.Option{Kind: sock.OptReceiveBuffer, Int: int(v.ReceiveBuffer)}
	case *farsockv1.SocketOption_V6Only:
		return sock.Option{Kind: sock.OptV6Only, Bool: v.V6Only}
	case *farsockv1.SocketOption_Broadcast:
		return sock.Option{Kind: sock.OptBroadcast, Bool: v.Broadcast}
	case *farsockv1.SocketOption_Ttl:
		return sock.Option{Kind: sock.OptTTL, Int: int(v.Ttl)}
	case *farsockv1.SocketOption_Raw:
		return rawOf(v.Raw)
	}
	panic("rpc: an option that was not checked")
}

func optionsOf(list []*farsockv1.SocketOption) []sock.Option {
	out := make([]sock.Option, len(list))
	for i, o := range list {
		out[i] = optionOf(o)
	}
	return out
}

func rawOf(r *farsockv1.RawOption) sock.Option {
	raw := sock.Raw{Level: int(r.GetLevel()), Name: int(r.GetName()), Size: int(r.GetSize())}
	switch v := r.GetValue().(type) {
	case *farsockv1.RawOption_IntValue:
		raw.Int = &v.IntValue
	case *farsockv1.RawOption_BytesValue:
		raw.Bytes = v.BytesValue
	}
	return sock.Option{Kind: sock.OptRaw, Raw: raw}
}

func optionTo(o sock.Option) *farsockv1.SocketOption {
	for _, t := range typedOptions {
		if t.kind == o.Kind {
			return t.to(o)
		}
	}
	raw := &farsockv1.RawOption{Level: int32(o.Raw.Level), Name: int32(o.Raw.Name)}
	if o.Raw.Int != nil {
		raw.Value = &farsockv1.RawOption_IntValue{IntValue: *o.Raw.Int}
	} else {
		raw.Value = &farsockv1.RawOption_BytesValue{BytesValue: o.Raw.Bytes}
	}
	return &farsockv1.SocketOption{Option: &farsockv1.SocketOption_Raw{Raw: raw}}
}
