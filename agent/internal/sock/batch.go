//go:build linux

package sock

import (
	"slices"

	"golang.org/x/sys/unix"
)

// transmitBatch sends a batch. Every destination is resolved and authorized
// before the first message leaves; one whose name does not resolve ends the
// batch when its turn comes.
func (s *Socket) transmitBatch(c *clock, r *SendRequest) (Sent, error) {
	const syscall = "sendmmsg"
	parcels, packed := make([]parcel, len(r.Batch)), make([]Outcome, len(r.Batch))
	for i, o := range r.Batch {
		var err error
		if parcels[i], packed[i], err = s.pack(c, o, OpSend); err != nil {
			return Sent{}, err
		}
	}
	if over, err := s.takeTurn(c, syscall); over != nil || err != nil {
		return Sent{Outcome: outcomeOr(over), Offset: s.send.count(0)}, err
	}
	defer s.send.turn.pass()
	skip, err := s.send.begin(r.Holder, r.Offset, int64(len(parcels)))
	if err != nil {
		return Sent{}, err
	}
	end := len(parcels)
	if i := slices.IndexFunc(packed[skip:], func(o Outcome) bool { return !o.OK() }); i >= 0 {
		end = int(skip) + i
	}
	sent, err := s.pushBatch(c, parcels[skip:end], r.flags())
	if err == nil && sent.Outcome.OK() && end < len(parcels) {
		sent.Outcome = packed[end]
	}
	sent.Skipped, sent.Offset = skip, s.send.count(0)
	return sent, err
}

// pushBatch is sendmmsg(2) by single calls: that one keeps the errno to itself
// when some messages were taken before, and an ICMP error is then told nobody.
func (s *Socket) pushBatch(c *clock, parcels []parcel, flags int) (Sent, error) {
	const syscall = "sendmmsg"
	var sent Sent
	for sent.Messages < len(parcels) {
		left := parcels[sent.Messages:]
		if c.ctx.Err() != nil {
			sent.Outcome = c.over(syscall)
			return sent, nil
		}
		mark := s.desc.Mark()
		var n int
		errno, err := s.callSteady(func(fd int) (e unix.Errno) {
			for n < len(left) {
				if _, e = left[n].send(fd, 0, flags); e != 0 {
					s.noteTold(e, false)
					return e
				}
				n++
			}
			return 0
		})
		if err != nil {
			return sent, err
		}
		if n > 0 {
			c.progressed()
			for _, p := range left[:n] {
				sent.Applied += int64(len(p.data))
			}
			sent.Messages += n
			s.send.count(int64(n))
			left = left[n:]
		}
		if errno == 0 {
			continue
		}
		if errno != unix.EAGAIN {
			sent.Outcome = answered(syscall, errno)
			sent.Outcome.Peer = left[0].peer
			return sent, nil
		}
		out, err := s.awaitRoom(c, syscall, mark)
		if out != nil || err != nil {
			sent.Outcome = outcomeOr(out)
			sent.Outcome.Peer = left[0].peer
			return sent, err
		}
	}
	sent.Outcome = done()
	return sent, nil
}
