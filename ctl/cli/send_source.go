package cli

import (
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/spf13/cobra"

	"github.com/farsock/farsock/proto/wire"
)

// sendSource is where `send` has its bytes from, as often as it sends them.
type sendSource struct {
	batch [][]byte // each a datagram of every send; nil: the others count

	pattern *pattern // nil: data
	size    int64    // of the pattern, for each send
	packed  bool     // many sends' pattern goes as one batch of datagrams

	data   io.ReadCloser // read once; nil if again is
	again  []byte        // what every send sends
	reader io.Reader     // of the send under way
}

// part is what one Send carries; more was read ahead, nil if nothing follows.
// With a batch it is that alone.
type part struct {
	data, more []byte
	batch      [][]byte
}

// batches cuts datagrams into what one Send takes: so many of them, and so many
// bytes. One that is too long is the agent's to refuse.
func batches(all [][]byte) iter.Seq[[][]byte] {
	return func(yield func([][]byte) bool) {
		for len(all) > 0 {
			n, size := 1, len(all[0])
			for n < min(len(all), wire.MaxDatagrams) && size+len(all[n]) <= wire.MaxUnaryBytes {
				size += len(all[n])
				n++
			}
			if !yield(all[:n]) {
				return
			}
			all = all[n:]
		}
	}
}

// pack is the next batch of the pattern, of at most so many datagrams.
func (s *sendSource) pack(most int) part {
	n := min(int64(most), wire.MaxDatagrams, max(wire.MaxUnaryBytes/s.size, 1))
	p := part{batch: make([][]byte, n)}
	for i := range p.batch {
		p.batch[i] = make([]byte, s.size)
		_, _ = s.pattern.Read(p.batch[i]) // it has no end
	}
	return p
}

// sendSource reads the command line; what it opened ends with close.
func (a *app) sendSource(cmd *cobra.Command, p *payload, made *patternFlags, times int32, data []string) (*sendSource, error) {
	pat, err := made.pattern()
	if err != nil {
		return nil, err
	}
	batch, _ := cmd.Flags().GetBool("datagrams")
	switch {
	case pat != nil:
		for _, f := range []string{"file", "hex", "escapes", "eol"} {
			if err := exclusive(cmd, "pattern", f); err != nil {
				return nil, err
			}
		}
		if len(data) > 0 {
			return nil, usagef("DATA and --pattern exclude each other")
		}
		if batch && *made.size > wire.MaxUnaryBytes {
			return nil, usagef("--pattern: a datagram has at most %d bytes", wire.MaxUnaryBytes)
		}
		return &sendSource{pattern: pat, size: *made.size, packed: batch}, nil
	case batch:
		all, err := p.each(cmd, data)
		return &sendSource{batch: all}, err
	}
	src, err := p.open(a, cmd, data)
	if err != nil || times == 1 {
		return &sendSource{data: src}, err
	}
	all, err := io.ReadAll(io.LimitReader(src, wire.MaxUnaryBytes+1))
	if err = errors.Join(err, src.Close()); err != nil {
		return nil, fmt.Errorf("read what to send: %w", err)
	}
	if len(all) > wire.MaxUnaryBytes {
		return nil, usagef("--times: DATA is at most %d bytes", wire.MaxUnaryBytes)
	}
	return &sendSource{again: all}, nil
}

// next is the first part of the next send.
func (s *sendSource) next() (part, error) {
	switch {
	case s.batch != nil || s.packed:
		return part{}, nil
	case s.pattern != nil:
		s.reader = io.LimitReader(s.pattern, s.size)
	case s.data != nil:
		s.reader = s.data
	default:
		return part{data: s.again}, nil
	}
	return s.rest(nil)
}

// rest is the part that begins with what was read ahead. It reads one byte more,
// to know whether there is a next.
func (s *sendSource) rest(ahead []byte) (part, error) {
	room := wire.MaxUnaryBytes
	if s.pattern != nil {
		room = int(min(s.size, wire.MaxUnaryBytes))
	}
	buf := make([]byte, room+1)
	n := copy(buf, ahead)
	got, err := io.ReadFull(s.reader, buf[n:])
	n += got
	switch {
	case err == nil: // so it is longer than a part
		return part{data: buf[:wire.MaxUnaryBytes], more: buf[wire.MaxUnaryBytes:]}, nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return part{data: buf[:n]}, nil
	}
	return part{}, fmt.Errorf("read what to send: %w", err)
}

func (s *sendSource) close() {
	if s.data != nil {
		_ = s.data.Close() // it was only read
	}
}
