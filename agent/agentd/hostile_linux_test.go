package agentd

import (
	"bytes"
	"cmp"
	bigendian "encoding/binary"
	"net"
	"os"
	"regexp"
	"strconv"
	"sync"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/protobuf/proto"
)

// hostile is a client that speaks HTTP/2 by hand and keeps to no rules.
type hostile struct {
	net.Conn
	framer *http2.Framer
	block  bytes.Buffer
	hpack  *hpack.Encoder
	last   uint32 // odd
	// encoding is what the calls' messages claim to be compressed with.
	encoding string

	mu   sync.Mutex
	why  string // guarded by mu; what the agent said when it sent us away
	over bool   // guarded by mu; the agent has closed the connection
}

// attack connects and gives the agent a window for each of its answers. With
// reading, what the agent says is read and dropped, and windows given back for
// the connection; without, nothing is read at all.
func attack(t *testing.T, path string, window uint32, reading bool) *hostile {
	t.Helper()
	c, err := net.Dial("unix", path)
	must(t, err)
	h := &hostile{Conn: c, framer: http2.NewFramer(c, c), last: 1}
	h.hpack = hpack.NewEncoder(&h.block)
	_, err = c.Write([]byte(http2.ClientPreface))
	must(t, err)
	must(t, h.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: window}))
	must(t, h.framer.WriteWindowUpdate(0, 1<<30))
	var reads sync.WaitGroup
	if reading {
		reads.Go(h.read)
	}
	t.Cleanup(func() {
		c.Close()
		reads.Wait()
	})
	return h
}

func (h *hostile) read() {
	for {
		f, err := h.framer.ReadFrame()
		h.mu.Lock()
		if err != nil {
			h.over = true
			h.mu.Unlock()
			return
		}
		if g, ok := f.(*http2.GoAwayFrame); ok {
			h.why = string(g.DebugData())
		}
		h.mu.Unlock()
	}
}

func (h *hostile) closed() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.over
}

func (h *hostile) told() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.why
}

// call begins a call and returns its stream.
func (h *hostile) call(method string) (uint32, error) {
	h.last += 2
	h.block.Reset()
	encoding := cmp.Or(h.encoding, "identity")
	for _, f := range [][2]string{{":method", "POST"}, {":scheme", "http"}, {":path", method}, {":authority", "x"},
		{"content-type", "application/grpc"}, {"te", "trailers"}, {"grpc-encoding", encoding}} {
		if err := h.hpack.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]}); err != nil {
			return 0, err
		}
	}
	return h.last, h.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: h.last, BlockFragment: h.block.Bytes(), EndHeaders: true})
}

// send sends a message whole, and ends the client's side of the call.
func (h *hostile) send(stream uint32, m proto.Message) error {
	b, err := proto.Marshal(m)
	if err != nil {
		return err
	}
	head := bigendian.BigEndian.AppendUint32([]byte{0}, uint32(len(b)))
	return h.framer.WriteData(stream, true, append(head, b...))
}

// part sends n bytes of a message that never ends.
func (h *hostile) part(stream uint32, n int) error {
	chunk := bigendian.BigEndian.AppendUint32([]byte{0}, uint32(mostReceived-1))
	for n > 0 {
		chunk = append(chunk, make([]byte, min(n, 16<<10-len(chunk)))...)
		if err := h.framer.WriteData(stream, false, chunk); err != nil {
			return err
		}
		n -= len(chunk)
		chunk = chunk[:0]
	}
	return nil
}

// peak is the most memory that a process has had resident, in bytes.
func peak(t *testing.T, pid int) int64 {
	t.Helper()
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	must(t, err)
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(b)
	if m == nil {
		t.Fatal("no VmHWM")
	}
	kb, err := strconv.ParseInt(string(m[1]), 10, 64)
	must(t, err)
	return kb << 10
}
