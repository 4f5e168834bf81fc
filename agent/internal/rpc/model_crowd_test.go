//go:build linux

package rpc_test

import (
	"fmt"
	"sync"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// Clients that all want the socket at once, each for some messages, get it one
// after the other. What each was told to be applied the peer has, where it was
// applied, and nothing else but what somebody sent there.
func TestTakeOversUnderLoad(t *testing.T) {
	h := newHarness(t)
	all, err := newWorlds(h, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{worldTCP, worldUnix} {
		t.Run(kind, func(t *testing.T) {
			w := all.enter(t, kind)
			defer w.leave()
			const clients, turns = 8, 10
			runs := make(chan confirmed, clients*turns)
			var crowd sync.WaitGroup
			for i := range clients {
				crowd.Go(func() {
					for turn := range turns {
						run, err := w.pushIn(fmt.Sprint("h", i), int64(turn+1))
						if err != nil {
							t.Error(err)
						}
						runs <- run
					}
				})
			}
			crowd.Wait()
			close(runs)
			w.m.applied, w.m.attached, w.m.leaving = span{0, 1 << 40}, true, true
			w.left()
			total := w.m.applied.lo
			if _, err := w.peer.await(total); err != nil {
				t.Fatalf("the peer has not read all %d: %v", total, err)
			}
			for run := range runs {
				if run.to > total {
					t.Fatalf("%d were applied, and %+v", total, run)
				}
				for at := run.from; at < run.to; at++ {
					if w.peer.bytes[at] != content(run.holder, at) {
						t.Fatalf("the peer's byte at %d is not that of %+v", at, run)
					}
				}
			}
		})
	}
}

// confirmed is what a holder was told of what it sent.
type confirmed struct {
	holder   string
	from, to int64
}

// pushIn steals the socket and sends until it is fenced, or all is applied, and
// then hangs up.
func (w *world) pushIn(holder string, epoch int64) (confirmed, error) {
	s, err := openStream(w.ctx, w.h.sockets, &farsockv1.Attach{
		Socket: uid(w.socket), Holder: holder, Epoch: epoch, Steal: true, Ack: manual}, false, -1)
	if err != nil {
		return confirmed{}, err
	}
	defer s.drop()
	st, err := s.await(func(st wireState) bool { return st.begin != nil || st.over })
	switch {
	case err != nil:
		return confirmed{}, err
	case st.begin == nil && reasonOf(st.status) == farsockv1.ErrorReason_ERROR_REASON_FENCED:
		return confirmed{}, nil // the next one came before it was told
	case st.begin == nil:
		return confirmed{}, fmt.Errorf("%s was not let in: %w", holder, st.status)
	}
	from := st.begin.GetSendApplied()
	const chunk, chunks = 20000, 10
	for i := range int64(chunks) {
		s.put(streamData(&farsockv1.StreamSend{Offset: from + i*chunk, Data: bytesOf(holder, from+i*chunk, from+(i+1)*chunk)}))
	}
	st, err = s.await(func(st wireState) bool { return st.over || st.applied == from+chunks*chunk })
	if err == nil && st.over && reasonOf(st.status) != farsockv1.ErrorReason_ERROR_REASON_FENCED {
		err = fmt.Errorf("%s's stream ended with %w", holder, st.status)
	}
	return confirmed{holder, from, st.applied}, err
}
