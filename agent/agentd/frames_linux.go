package agentd

import (
	"bytes"
	"encoding/base64"
	"strconv"

	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// What is looked at of HTTP/2 (RFC 9113): a frame's header, some of its types
// and one of its flags; and what says goodbye.
const (
	clientPreface = len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	frameHeader   = 9

	frameData    = 0x0
	frameHeaders = 0x1
	frameReset   = 0x3
	frameGoAway  = 0x7

	flagEndStream  = 0x1
	flagEndHeaders = 0x4

	enhanceYourCalm = 0xb
)

// frame is one frame's header.
type frame struct {
	kind, flags byte
	stream      uint32
	length      int // of what follows, in bytes
}

// ends says whether a frame of the server's is its last on the stream.
func (f frame) ends() bool {
	return f.kind == frameReset ||
		(f.kind == frameData || f.kind == frameHeaders) && f.flags&flagEndStream != 0
}

// goAway is the frame that sends a client away and tells its gRPC why. All calls
// up to last may have been done, so that none is repeated unasked.
func goAway(last uint32, why string) []byte {
	n := 8 + len(why)
	b := []byte{byte(n >> 16), byte(n >> 8), byte(n), frameGoAway, 0, 0, 0, 0, 0}
	b = append(b, byte(last>>24), byte(last>>16), byte(last>>8), byte(last), 0, 0, 0, enhanceYourCalm)
	return append(b, why...)
}

// endings are the fields of the frame that ends a call with a status: where the
// server has sent no headers of the call, and where it has.
func endings(said *status.Status) (first, later []byte) {
	fields := [][2]string{
		{"grpc-status", strconv.Itoa(int(said.Code()))},
		{"grpc-message", said.Message()}, // ASCII without '%', which need no escape
	}
	if details, err := proto.Marshal(said.Proto()); err == nil {
		fields = append(fields, [2]string{"grpc-status-details-bin", base64.RawStdEncoding.EncodeToString(details)})
	}
	later = block(fields)
	return block(append([][2]string{{":status", "200"}, {"content-type", "application/grpc"}}, fields...)), later
}

// block has fields in the form that leaves the state of the client's decoder as
// it is: gRPC's encoder, not ours, has the same.
func block(fields [][2]string) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for _, f := range fields {
		_ = e.WriteField(hpack.HeaderField{Name: f[0], Value: f[1], Sensitive: true}) // to memory
	}
	return b.Bytes()
}

// appendHeaders appends the frame that ends a stream with these fields.
func appendHeaders(b []byte, stream uint32, fields []byte) []byte {
	n := len(fields)
	b = append(b, byte(n>>16), byte(n>>8), byte(n), frameHeaders, flagEndStream|flagEndHeaders,
		byte(stream>>24), byte(stream>>16), byte(stream>>8), byte(stream))
	return append(b, fields...)
}

// frames finds the headers of the frames in the bytes of one direction, however
// these are cut into pieces. The zero value stands at the start of a frame.
type frames struct {
	skip int // bytes up to the next header
	head [frameHeader]byte
	have int // bytes of head
}

// midway is how many of the next n bytes belong to a frame that has begun, as far
// as is known: up to its end, or to that of its header. 0 is between frames.
func (s *frames) midway(n int) int {
	if s.have > 0 {
		return min(frameHeader-s.have, n)
	}
	return min(s.skip, n)
}

// next returns the first header that ends in p, and what of p lies behind it;
// false if there is none, and then all of p has been taken in.
func (s *frames) next(p []byte) (f frame, rest []byte, ok bool) {
	n := min(s.skip, len(p))
	s.skip -= n
	p = p[n:]
	n = copy(s.head[s.have:], p)
	s.have += n
	if s.have < frameHeader {
		return frame{}, nil, false
	}
	s.have = 0
	f = frame{
		kind: s.head[3], flags: s.head[4],
		stream: (uint32(s.head[5])<<24 | uint32(s.head[6])<<16 | uint32(s.head[7])<<8 | uint32(s.head[8])) &^ (1 << 31),
		length: int(s.head[0])<<16 | int(s.head[1])<<8 | int(s.head[2]),
	}
	s.skip = f.length
	return f, p[n:], true
}
