package agentd

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

var streaming = &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}

func itoa(n int) string { return strconv.Itoa(n) }

func TestCodecRoundTrip(t *testing.T) {
	c := newCodec()
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.OneOf(rapid.IntRange(0, 40<<10), rapid.IntRange(1<<20-600, 1<<20+600)).Draw(t, "size")
		in := &farsockv1.SendRequest{Socket: "sockets/x", Data: bytes.Repeat([]byte{byte(size)}, size)}
		data, err := c.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		out := &farsockv1.SendRequest{}
		if err := c.Unmarshal(data, out); err != nil {
			t.Fatal(err)
		}
		data.Free()
		if !proto.Equal(in, out) {
			t.Fatalf("changed on the way: %d bytes", size)
		}
	})
}

// TestStreamDataIsNotCopied: what is handed on arrives, and the wire form is
// the one that everybody else makes.
func TestStreamDataIsNotCopied(t *testing.T) {
	c := newCodec()
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(0, 40<<10).Draw(t, "size")
		room := rapid.SampledFrom([]int{0, 100, 1 << 20}).Draw(t, "room")
		in := &farsockv1.StreamResponse{Message: &farsockv1.StreamResponse_Data{Data: &farsockv1.StreamReceive{
			Offset: rapid.Int64().Draw(t, "offset"),
			Data:   append(make([]byte, 0, size+room), bytes.Repeat([]byte{'x'}, size)...),
		}}}
		more := rapid.Bool().Draw(t, "more")
		if more {
			in.GetData().Control = []*farsockv1.ControlMessage{{Level: 1, Type: 2, Data: []byte("time")}}
		}
		data, err := c.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := proto.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(data.Materialize(), plain) {
			t.Fatalf("not the plain form: %d bytes, %d room", size, room)
		}
		data.Free()
		if want := size >= uncopied && room < size/4 && !more; (len(data) == 2) != want {
			t.Fatalf("%d bytes, %d room: %d parts", size, room, len(data))
		}
	})
}

func TestTiersFit(t *testing.T) {
	pool := &tiers{}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, tierSize(maxTier-minTier)+1000).Draw(t, "n")
		b := pool.Get(n)
		if len(*b) != n {
			t.Fatalf("Get(%d) has length %d", n, len(*b))
		}
		// Above the smallest tier less than twice what was asked for.
		if c := cap(*b); n > tierSize(0) && c >= 2*n {
			t.Fatalf("Get(%d) has capacity %d", n, c)
		}
		pool.Put(b)
	})
}

func TestCodecRefusesOtherThings(t *testing.T) {
	if _, err := newCodec().Marshal("a string"); err == nil {
		t.Error("marshalled a string")
	}
}

func TestLogFileIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.log")
	const bound = 1000
	l, err := openLogFile(path, bound, nil)
	must(t, err)
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for i := range 200 {
				if _, err := fmt.Fprintf(l, "writer %d line %03d\n", w, i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	must(t, l.Close())
	for _, name := range []string{path, path + ".old"} {
		b, err := os.ReadFile(name)
		must(t, err)
		if len(b) == 0 || len(b) > bound {
			t.Errorf("%s has %d bytes, bound %d", name, len(b), bound)
		}
		for line := range strings.Lines(string(b)) {
			if len(line) != len("writer 0 line 000\n") {
				t.Errorf("%s has a broken line %q", name, line)
			}
		}
	}
	if _, err := l.Write([]byte("x")); err == nil {
		t.Error("wrote to a closed log")
	}
	must(t, l.Close())
	// Opening again appends.
	again, err := openLogFile(path, bound, nil)
	must(t, err)
	before, err := os.ReadFile(path)
	must(t, err)
	_, err = again.Write([]byte("x"))
	must(t, err)
	must(t, again.Close())
	after, err := os.ReadFile(path)
	must(t, err)
	if len(before)+1 <= bound && !bytes.HasPrefix(after, before) {
		t.Error("the log was cut")
	}
}

func TestLockFileHasOneOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l")
	var mu sync.Mutex
	inside, won := 0, 0
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 50 {
				l, err := lockFile(path, path)
				if err != nil {
					continue
				}
				mu.Lock()
				inside++
				won++
				if inside != 1 {
					t.Errorf("%d owners", inside)
				}
				mu.Unlock()
				mu.Lock()
				inside--
				mu.Unlock()
				l.release()
			}
		})
	}
	all.Wait()
	if won == 0 {
		t.Error("nobody ever got the lock")
	}
	if pid, held := locked(path); held {
		t.Errorf("still held by %d", pid)
	}
	if !gone(path) {
		t.Error("the lock's file was left behind")
	}
}
