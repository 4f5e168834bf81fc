//go:build linux

package sock

// chunks are the bytes that a stream holds, in pieces: to hold more or to let go
// of some moves nothing. Bytes once held stay what they are, so that views of
// them may be handed out.
type chunks struct {
	list []chunk // none without bytes but the last, for a moment
	len  int     // bytes held
	size int64   // of all arrays; what is kept alive
}

// chunk is one array and what of it is held.
type chunk struct {
	b    []byte // behind it there may be room
	size int
}

const (
	minChunk = 1 << 10
	maxChunk = 16 << 10 // unless one read needs more
	// bigChunk is from where on an array that is mostly unused is replaced.
	bigChunk = 64 << 10
)

// room is what is left of the last array.
func (h *chunks) room() []byte {
	if len(h.list) == 0 {
		return nil
	}
	b := h.list[len(h.list)-1].b
	return b[len(b):cap(b)]
}

// open adds an array of size bytes, all room.
func (h *chunks) open(size int) {
	h.list = append(h.list, chunk{b: make([]byte, 0, size), size: size})
	h.size += int64(size)
}

// fill says that the first n bytes of room are held now.
func (h *chunks) fill(n int) {
	c := &h.list[len(h.list)-1]
	c.b = c.b[:len(c.b)+n]
	h.len += n
}

// drop lets go of the first n bytes.
func (h *chunks) drop(n int) {
	h.len -= n
	for n > 0 {
		c := &h.list[0]
		if n < len(c.b) {
			c.b = c.b[n:]
			return
		}
		n -= len(c.b)
		h.size -= int64(c.size)
		*c = chunk{}
		h.list = h.list[1:]
	}
}

// tidy lets go of arrays that hold nothing, or little for their size.
func (h *chunks) tidy() {
	if last := len(h.list) - 1; last >= 0 && len(h.list[last].b) == 0 {
		h.size -= int64(h.list[last].size)
		h.list[last] = chunk{}
		h.list = h.list[:last]
	}
	if len(h.list) == 0 {
		h.list = nil
		return
	}
	h.fit(0)
	h.fit(len(h.list) - 1)
}

func (h *chunks) fit(i int) {
	if c := &h.list[i]; c.size > bigChunk && len(c.b) < c.size/4 {
		h.size -= int64(c.size - len(c.b))
		*c = chunk{append(make([]byte, 0, len(c.b)), c.b...), len(c.b)}
	}
}

// replace moves the arrays from the i-th on into one of size bytes.
func (h *chunks) replace(i, size int) {
	b := make([]byte, 0, size)
	for j := i; j < len(h.list); j++ {
		b = append(b, h.list[j].b...)
		h.size -= int64(h.list[j].size)
	}
	clear(h.list[i:])
	h.list = append(h.list[:i], chunk{b, size})
	h.size += int64(size)
}

// find is the array with the byte at, counted from the first held, and where in
// it that is; at is less than len.
func (h *chunks) find(at int) (i, in int) {
	for at >= len(h.list[i].b) {
		at -= len(h.list[i].b)
		i++
	}
	return i, at
}

// piece is a view of at most n bytes from at on, as many as lie in one array.
func (h *chunks) piece(at, n int) []byte {
	if n = min(n, h.len-at); n == 0 {
		return nil
	}
	i, in := h.find(at)
	b := h.list[i].b[in:]
	n = min(n, len(b))
	return b[:n:n]
}

// copied is a copy of n bytes from at on.
func (h *chunks) copied(at, n int) []byte {
	b := make([]byte, 0, n)
	for len(b) < n {
		b = append(b, h.piece(at+len(b), n-len(b))...)
	}
	return b
}

// view is all from at on in one array, into which it is moved if need be.
func (h *chunks) view(at int) []byte {
	if at == h.len {
		return nil
	}
	i, in := h.find(at)
	if i < len(h.list)-1 {
		n := 0
		for _, c := range h.list[i:] {
			n += len(c.b)
		}
		h.replace(i, n)
	}
	return h.list[i].b[in:]
}
