package agentd

import (
	"fmt"

	"google.golang.org/grpc/encoding"
	// Registers "proto", whose decoding is used unchanged.
	protocodec "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
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
	m, ok := v.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("codec: %T is not a message", v)
	}
	size := proto.Size(m)
	if r, ok := v.(*farsockv1.StreamResponse); ok && whole(r.GetData()) {
		head, data := dataHead(r.GetData()), r.GetData().GetData()
		if size == len(head)+len(data) { // else there is more than these two fields
			return mem.BufferSlice{mem.SliceBuffer(head), mem.SliceBuffer(data)}, nil
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
	return mem.BufferSlice{mem.NewBuffer(buf, c.pool)}, nil
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
