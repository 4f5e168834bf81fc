//go:build linux

package e2e

import (
	"io"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/farsock/farsock/ctl/farsock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// TestFaultLostSend: the response of a Send by offset is thrown away when the
// kernel has the bytes, and the Send is repeated, sometimes with more behind:
// the peer gets every byte once.
func TestFaultLostSend(t *testing.T) {
	t.Parallel()
	random, rounds := faultRandom(t), lostRounds()
	count := countFaults(t, "response of Send by offset lost")
	a := startAgent(t, "", "")
	proxy := startLossyProxy(t, a)
	direct := connectTo(t, a.endpoint())
	s := lease(t, direct)
	conn := connect(t, direct, s, peerListener(t))
	lossy := connectTo(t, proxy.endpoint())
	lengths := make([]int64, rounds)
	size := int64(0)
	for i := range lengths {
		lengths[i] = 1 + random.Int64N(20_000)
		size += lengths[i]
	}
	seed := random.Uint64()
	got := newCheckedBytes(seed, size)
	var peer sync.WaitGroup
	defer func() { _ = conn.peer.Close(); peer.Wait() }()
	peer.Go(func() { _, _ = io.Copy(writerOnly{got}, readerOnly{conn.peer}) })
	source, offset, holder := chanceBytes(seed, size), int64(0), uuid.NewString()
	for round, n := range lengths {
		data := make([]byte, n)
		if _, err := io.ReadFull(source, data); err != nil {
			t.Fatal(err)
		}
		first := 1 + random.Int64N(n) // the lost Send has so much of it
		send := func(b []byte) (*farsockv1.SendResponse, error) {
			return lossy.Sockets.Send(t.Context(), &farsockv1.SendRequest{
				Socket: conn.name, Data: b, Offset: &offset, Holder: holder, Wait: durationpb.New(20 * time.Second)})
		}
		loseResponse(t, proxy, int32(1+round%responseFrames), func() error { _, err := send(data[:first]); return err })
		count.faults.Add(1)
		for _, skipped := range []int64{first, n} {
			resp, err := send(data)
			if err != nil || resp.GetOutcome().GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_DONE ||
				resp.GetSkipped() != skipped || resp.GetApplied() != n-skipped || resp.GetSendOffset() != offset+n {
				t.Fatalf("round %d, %d bytes at %d after %d: %v %v", round, n, offset, skipped, resp, err)
			}
		}
		offset += n
	}
	if _, err := direct.Sockets.Shutdown(t.Context(), &farsockv1.ShutdownRequest{
		Socket: conn.name, How: farsockv1.ShutdownHow_SHUTDOWN_HOW_WRITE}); err != nil {
		t.Fatal(err)
	}
	peer.Wait()
	if err := got.verdict(count); err != nil {
		t.Error(err)
	}
	t.Logf("%d responses lost; the peer got %d bytes, sha256 %s..., sent were %d, %s...", rounds, got.n.Load(), got.sum(), size, sumOf(seed, size))
}

// loseResponse makes a call whose response the proxy throws away.
func loseResponse(t testing.TB, proxy *lossyProxy, cutAt int32, call func() error) {
	t.Helper()
	lost := proxy.lost.Load()
	proxy.armed.Store(cutAt)
	if err := call(); !farsock.Unreachable(err) || proxy.lost.Load() != lost+1 {
		t.Fatalf("the first was not lost: %v", err)
	}
}
