package farsock

import (
	"io"
	"net"
	"sync"
	"testing"
)

// BenchmarkConn sends in one direction and, as round trips, 64 bytes in both.
func BenchmarkConn(b *testing.B) {
	s := newSession(b)
	oneWay := func(b *testing.B, from io.Writer, to io.Reader, end func() error) {
		block := make([]byte, 256<<10)
		b.SetBytes(int64(len(block)))
		var reader sync.WaitGroup
		reader.Go(func() {
			_, _ = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{to}, make([]byte, 64<<10))
		})
		for b.Loop() {
			if _, err := from.Write(block); err != nil {
				b.Fatal(err)
			}
		}
		if err := end(); err != nil {
			b.Fatal(err)
		}
		reader.Wait()
	}
	b.Run("send", func(b *testing.B) {
		far, near := pair(b, s)
		oneWay(b, far, near, far.CloseWrite)
	})
	b.Run("receive", func(b *testing.B) {
		far, near := pair(b, s)
		oneWay(b, near, far, near.(*net.TCPConn).CloseWrite)
	})
	b.Run("roundtrip", func(b *testing.B) {
		far, near := pair(b, s)
		var echo sync.WaitGroup
		echo.Go(func() { _, _ = io.Copy(near, near) })
		block := make([]byte, 64)
		for b.Loop() {
			if _, err := far.Write(block); err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(far, block); err != nil {
				b.Fatal(err)
			}
		}
		_ = far.CloseWrite()
		echo.Wait()
	})
}
