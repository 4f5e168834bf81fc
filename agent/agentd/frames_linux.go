package agentd

// What is looked at of HTTP/2 (RFC 9113): a frame's header, some of its types
// and one of its flags; and what says goodbye.
const (
	clientPreface = len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	frameHeader   = 9

	frameData    = 0x0
	frameHeaders = 0x1
	frameReset   = 0x3
	frameGoAway  = 0x7

	flagEndStream = 0x1

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

// frames finds the headers of the frames in the bytes of one direction, however
// these are cut into pieces. The zero value stands at the start of a frame.
type frames struct {
	skip int // bytes up to the next header
	head [frameHeader]byte
	have int // bytes of head
}

// between says whether the bytes so far end where a frame does.
func (s *frames) between() bool { return s.skip == 0 && s.have == 0 }

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
