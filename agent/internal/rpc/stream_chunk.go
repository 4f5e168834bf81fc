//go:build linux

package rpc

import (
	"runtime/debug"
	"strconv"

	"github.com/farsock/farsock/agent/internal/session"
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// streamChunk leaves room for the message around the bytes, so that the whole
// fits gRPC's 16 KiB buffers rather than taking one of the next size: a client
// that does not read keeps a few of them.
const streamChunk = wire.StreamChunk - 64

// chunkTo is nil for a chunk of nothing.
func chunkTo(c sock.Chunk) *farsockv1.StreamResponse {
	switch {
	case c.End != nil:
		return &farsockv1.StreamResponse{Message: &farsockv1.StreamResponse_End{
			End: &farsockv1.End{Offset: c.Offset, How: outcomeTo(*c.End)},
		}}
	case len(c.Items) > 0:
		data := &farsockv1.StreamReceive{Offset: c.Offset}
		for _, i := range c.Items {
			data.Items = append(data.Items, itemTo(i))
		}
		return &farsockv1.StreamResponse{Message: &farsockv1.StreamResponse_Data{Data: data}}
	case len(c.Data) > 0:
		return &farsockv1.StreamResponse{Message: &farsockv1.StreamResponse_Data{
			Data: &farsockv1.StreamReceive{
				Offset: c.Offset, Data: c.Data, DescriptorsClosed: int32(c.DescriptorsClosed),
				Control: controlTo(c.Control), ControlTruncated: c.ControlTruncated,
			},
		}}
	}
	return nil
}

func itemTo(i sock.Item) *farsockv1.StreamItem {
	if i.Error != nil {
		return &farsockv1.StreamItem{Item: &farsockv1.StreamItem_Error{Error: outcomeTo(*i.Error)}}
	}
	return &farsockv1.StreamItem{Item: &farsockv1.StreamItem_Datagram{Datagram: datagramTo(i.Datagram)}}
}

func index(i int) string { return "[" + strconv.Itoa(i) + "]" }

func panicked(v any) error { return &session.PanicError{Value: v, Stack: debug.Stack()} }
