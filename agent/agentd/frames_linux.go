package agentd

// What is looked at of HTTP/2 (RFC 9113): a frame's header, three of its types
// and one of its flags.
const (
	clientPreface = len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	frameHeader   = 9

	frameData    = 0x0
	frameHeaders = 0x1
	frameReset   = 0x3

	flagEndStream = 0x1
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

// frames finds the headers of the frames in the bytes of one direction, however
// these are cut into pieces. The zero value stands at the start of a frame.
type frames struct {
	skip int // bytes up to the next header
	head [frameHeader]byte
	have int // bytes of head
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
