package agentd

import (
	"fmt"

	"google.golang.org/grpc/encoding"
	// Registers "proto", whose decoding is used.
	protocodec "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/farsock/farsock/agent/internal/intercept"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// codec is grpc-go's for "proto" with two differences in marshalling, both for
// streams whose client does not read: buffers come in every power of two, so
// that waiting messages cost what they hold, and a Stream's bytes are handed
// on rather than copied.
type codec struct {
	encoding.CodecV2
	pool mem.BufferPool
}

func newCodec() codec {
	return codec{CodecV2: encoding.GetCodecV2(protocodec.Name), pool: &tiers{}}
}

// Marshal is encoding.CodecV2's.
func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	a, ok := v.(*answer)
	if ok {
		v = a.Message
	}
	m, ok := v.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("codec: %T is not a message", v)
	}
	size := proto.Size(m)
	if r, ok := v.(*farsockv1.StreamResponse); ok && whole(r.GetData()) {
		head, data := dataHead(r.GetData()), r.GetData().GetData()
		if size == len(head)+len(data) { // else there is more than these two fields
			return mem.BufferSlice{mem.SliceBuffer(head), a.charge(&data, nil)}, nil
		}
	}
	opts := proto.MarshalOptions{UseCachedSize: true}
	if mem.IsBelowBufferPoolingThreshold(size) {
		b, err := opts.Marshal(m)
		if err != nil {
			return nil, err
		}
		return mem.BufferSlice{mem.SliceBuffer(b)}, nil
	}
	buf := c.pool.Get(size)
	b, err := opts.MarshalAppend((*buf)[:0], m)
	if err != nil {
		c.pool.Put(buf)
		return nil, err
	}
	*buf = b
	return mem.BufferSlice{a.charge(buf, c.pool)}, nil
}

// Unmarshal is encoding.CodecV2's. Of a message for Registrar it tells what is
// wrong in the message's place.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	in, ok := v.(*intercept.Incoming)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	if in.Length = data.Len(); in.Length <= wire.MaxMessageBytes {
		in.Err = c.CodecV2.Unmarshal(data, in.Message)
	}
	return nil
}

// uncopied is the least size of bytes that are worth handing on, in bytes.
const uncopied = 4 << 10

// whole says whether a message's bytes can be handed on as they are: nobody
// changes them after sending, and they fill most of their array, which lives
// until the client has read them.
func whole(d *farsockv1.StreamReceive) bool {
	n := len(d.GetData())
	return n >= uncopied && n >= cap(d.GetData())/4*3
}

// dataHead is everything of a StreamResponse with data that stands before the
// bytes.
func dataHead(d *farsockv1.StreamReceive) []byte {
	const (
		responseData  = 2 // StreamResponse.data
		receiveOffset = 1 // StreamReceive.offset
		receiveData   = 2 // StreamReceive.data
	)
	inner := make([]byte, 0, 24)
	if d.GetOffset() != 0 {
		inner = protowire.AppendTag(inner, receiveOffset, protowire.VarintType)
		inner = protowire.AppendVarint(inner, uint64(d.GetOffset()))
	}
	inner = protowire.AppendTag(inner, receiveData, protowire.BytesType)
	inner = protowire.AppendVarint(inner, uint64(len(d.GetData())))
	head := protowire.AppendTag(make([]byte, 0, 32), responseData, protowire.BytesType)
	head = protowire.AppendVarint(head, uint64(len(inner)+len(d.GetData())))
	return append(head, inner...)
}
