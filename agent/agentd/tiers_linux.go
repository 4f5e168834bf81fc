package agentd

import (
	"math/bits"
	"sync"
)

const (
	minTier = 11 // 2 KiB
	maxTier = 20 // 1 MiB
)

// tiers is a pool of buffers of every power of two from 2 KiB to 1 MiB. Buffers
// are not cleared: each is written over its whole length before it is read. The
// zero value is ready.
type tiers struct {
	pools [maxTier - minTier + 1]sync.Pool
}

func tierSize(i int) int { return 1 << (minTier + i) }

// tierFor is the smallest tier of at least n bytes; false above the largest.
func tierFor(n int) (int, bool) {
	i := max(bits.Len(uint(max(n, 1)-1))-minTier, 0)
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
