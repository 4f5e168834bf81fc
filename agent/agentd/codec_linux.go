package agentd

import (
	"fmt"
	"math/bits"
	"sync"

	"google.golang.org/grpc/encoding"
	// Registers "proto", whose decoding is used unchanged.
	protocodec "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
)

// codec marshals into buffers that fit. grpc-go's own pool has tiers of 32 KiB
// and then 1 MiB, and a stream that stalls keeps a few messages waiting: with
// tiers at every power of two above a chunk's size they cost what they hold.
type codec struct {
	encoding.CodecV2
	pool mem.BufferPool
}

func newCodec() codec {
	return codec{CodecV2: encoding.GetCodecV2(protocodec.Name), pool: newTiers()}
}

// Marshal is encoding.CodecV2's.
func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	m, ok := v.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("codec: %T is not a message", v)
	}
	size := proto.Size(m)
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

const (
	minTier  = 11 // 2 KiB
	maxTier  = 20 // 1 MiB
	tierRoom = 512
)

// tiers is a pool of buffers of a power of two and tierRoom each: a chunk of
// such a size still fits with what the message puts around it. Buffers are not
// cleared: each is written over its whole length before it is read.
type tiers struct {
	pools [maxTier - minTier + 1]sync.Pool
}

func newTiers() *tiers { return &tiers{} }

func tierSize(i int) int { return 1<<(minTier+i) + tierRoom }

// tierFor is the smallest tier of at least n bytes; false above the largest.
func tierFor(n int) (int, bool) {
	i := 0
	if n > tierSize(0) {
		i = bits.Len(uint(n-tierRoom-1)) - minTier
	}
	return i, i <= maxTier-minTier
}

// Get is mem.BufferPool's.
func (t *tiers) Get(n int) *[]byte {
	i, ok := tierFor(n)
	if !ok {
		b := make([]byte, n)
		return &b
	}
	if buf, ok := t.pools[i].Get().(*[]byte); ok {
		*buf = (*buf)[:n]
		return buf
	}
	b := make([]byte, n, tierSize(i))
	return &b
}

// Put is mem.BufferPool's. What Get did not make is left to the collector.
func (t *tiers) Put(buf *[]byte) {
	if i, ok := tierFor(cap(*buf)); ok && cap(*buf) == tierSize(i) {
		t.pools[i].Put(buf)
	}
}
