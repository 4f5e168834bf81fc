//go:build linux

package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// chanceBytes is a stream of bytes that the same seed gives again, so that
// neither end has to keep what it sent.
func chanceBytes(seed uint64, size int64) io.Reader {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	return io.LimitReader(rand.NewChaCha8(key), size)
}

// checkedBytes takes a stream and compares it with what was sent. Written to by
// one goroutine at a time.
type checkedBytes struct {
	size int64        // immutable
	want io.Reader    // what has to come
	got  hash.Hash    // of what came
	n    atomic.Int64 // bytes that came
	buf  []byte
	bad  error // the first byte that is not what was sent; then nothing is compared
}

func newCheckedBytes(seed uint64, size int64) *checkedBytes {
	return &checkedBytes{size: size, want: chanceBytes(seed, size), got: sha256.New()}
}

func (c *checkedBytes) Write(b []byte) (int, error) {
	at := c.n.Add(int64(len(b))) - int64(len(b))
	c.got.Write(b)
	if c.bad == nil {
		c.buf = append(c.buf[:0], b...)
		n, err := io.ReadFull(c.want, c.buf)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, err
		}
		if !bytes.Equal(c.buf[:n], b[:n]) {
			c.bad = fmt.Errorf("other bytes than were sent, between %d and %d", at, at+int64(n))
		}
	}
	return len(b), nil
}

// slowly takes its time over each write, so that what arrives also waits at the
// client, and is taken while the connection to the agent is away.
type slowly struct{ io.Writer }

func (s slowly) Write(b []byte) (int, error) {
	time.Sleep(3 * time.Millisecond)
	return s.Writer.Write(b)
}

// verdict is called when no more comes. It counts into the table and returns
// what is wrong.
func (c *checkedBytes) verdict(count *faultCount) error {
	n := c.n.Load()
	count.moved.Add(n)
	count.lost.Add(max(0, c.size-n))
	count.repeated.Add(max(0, n-c.size))
	if c.bad != nil {
		return c.bad
	}
	if n != c.size {
		return fmt.Errorf("%d bytes came of %d", n, c.size)
	}
	return nil
}

// sum is the first words of the SHA-256 of what came.
func (c *checkedBytes) sum() string { return fmt.Sprintf("%x", c.got.Sum(nil))[:16] }

// sumOf is the same of what is sent.
func sumOf(seed uint64, size int64) string {
	h := sha256.New()
	_, _ = io.Copy(h, chanceBytes(seed, size))
	return fmt.Sprintf("%x", h.Sum(nil))[:16]
}
