//go:build linux

package e2e

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/farsock/farsock/ctl/farsock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// slowReaders is how many readers TestFaultSlowReaders stalls, what the agent may
// hold for all of them, far less than they would take, and how many round trips
// of the healthy one are measured.
func slowReaders() (readers int, budget int64, trips int) {
	switch {
	case full:
		return 200, 64 << 20, 10_000
	case testing.Short():
		return 9, 4 << 20, 500
	}
	return 20, 8 << 20, 2000
}

const (
	// slowHeap is what the agent may use beside its budget for held bytes.
	slowHeap = 64 << 20
	// slowRatio bounds the healthy reader's p99 beside slow ones, against alone.
	slowRatio = 2
)

// TestFaultSlowReaders: readers that take nothing any more, each behind a peer that
// sends as fast as it can, fill what the agent may hold and are then stopped by
// TCP. A healthy connection beside them, of the same client, keeps its round
// trips, and the agent its memory. How fast the round trips are is judged with
// -tags full alone, where nothing else runs; here they are printed.
func TestFaultSlowReaders(t *testing.T) {
	if !full {
		t.Parallel()
	}
	row := countFaults(t, "readers that stall")
	readers, budget, trips := slowReaders()
	a := startAgent(t, "", "127.0.0.1:"+freePort(t), "--max-held-bytes", strconv.FormatInt(budget, 10))
	c := connectTo(t, a.endpoint())
	s, l := lease(t, c), peerListener(t)
	healthy := newSibling(t, s, l)
	healthy.trips(t, trips/10) // warms up
	before := a.heap(t)
	alone := healthy.trips(t, trips)

	slow := make([]*slowReader, readers)
	for i := range slow {
		slow[i] = newSlowReader(t, c, connect(t, c, s, l), i%3)
	}
	var all sync.WaitGroup
	failed := make([]error, readers)
	for i, r := range slow {
		all.Go(func() { failed[i] = r.flood() })
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		t.Fatal(err)
	}
	row.faults.Add(int64(readers))
	beside := healthy.trips(t, trips)
	more := a.heap(t).live - before.live
	if bound := budget + slowHeap; more > bound {
		t.Errorf("the live heap grew by %d bytes; what may be held and 64 MiB is %d", more, bound)
	}
	ratio := float64(beside.p99) / float64(alone.p99)
	if full && !underRace && ratio > slowRatio {
		t.Errorf("the healthy reader's p99 is %v beside the others, %v alone", beside.p99, alone.p99)
	}
	for _, r := range slow {
		row.moved.Add(r.sent)
	}
	row.moved.Add(int64(4 * trips * tripBytes))
	row.says("%d readers, %d MiB to hold: %.1f MiB of live heap more; healthy p99 %v, alone %v (%.2f times), median %v and %v",
		readers, budget>>20, float64(more)/(1<<20), beside.p99, alone.p99, ratio, beside.median, alone.median)
}

// slowReader is a Stream whose client takes nothing after a while.
type slowReader struct {
	stalledStream
}

// newSlowReader attaches. The kind is 0: with ACK_MODE_AUTO, and reads nothing;
// 1: with ACK_MODE_MANUAL, and reads nothing; 2: with it, reads, and acknowledges
// nothing.
func newSlowReader(t testing.TB, c *farsock.Client, conn connection, kind int) *slowReader {
	t.Helper()
	stream, err := c.Sockets.Stream(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	attach := &farsockv1.Attach{Socket: conn.name, Holder: uuid.NewString(), Epoch: 1}
	if kind > 0 {
		attach.Ack = farsockv1.AckMode_ACK_MODE_MANUAL
	}
	if err := stream.Send(&farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Attach{Attach: attach}}); err != nil {
		t.Fatal(err)
	}
	if first, err := stream.Recv(); err != nil || first.GetAttached() == nil {
		t.Fatal(first, err)
	}
	if kind == 2 {
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for err := error(nil); err == nil; {
				_, err = stream.Recv()
			}
		}()
		t.Cleanup(func() { <-ended }) // its context ends before
	}
	return &slowReader{stalledStream{connection: conn, grpc: stream}}
}

// tripTimes is how long round trips took.
type tripTimes struct{ median, p99 time.Duration }

// tripBytes is what one round trip carries each way.
const tripBytes = 64

// trips measures round trips of a peer that echoes.
func (s sibling) trips(t testing.TB, n int) tripTimes {
	t.Helper()
	if err := errors.Join(s.far.SetDeadline(time.Now().Add(patience)), s.near.SetDeadline(time.Now().Add(patience))); err != nil {
		t.Fatal(err)
	}
	echoed := make(chan error, 1)
	go func() {
		_, err := io.CopyN(s.near, onlyReader{s.near}, int64(n*tripBytes))
		echoed <- err
	}()
	took, b := make([]time.Duration, n), make([]byte, tripBytes)
	for i := range took {
		pattern(b, int64(i)*tripBytes)
		want := slices.Clone(b)
		start := time.Now()
		if _, err := s.far.Write(b); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(s.far, b); err != nil {
			t.Fatal(err)
		}
		took[i] = time.Since(start)
		if !slices.Equal(b, want) {
			t.Fatalf("round trip %d brought other bytes", i)
		}
	}
	if err := <-echoed; err != nil {
		t.Fatal(err)
	}
	slices.Sort(took)
	return tripTimes{median: took[n/2].Round(time.Microsecond), p99: took[n*99/100].Round(time.Microsecond)}
}

// onlyReader keeps io.Copy from splicing a connection into itself.
type onlyReader struct{ io.Reader }
