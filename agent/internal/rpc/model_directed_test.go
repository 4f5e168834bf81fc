//go:build linux

package rpc_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// directed is a sequence that random ones find late or never. Everything that
// it does is held against the model as well.
type directed struct {
	name  string
	kinds []string
	play  func(w *world)
}

var (
	everywhere = []string{worldTCP, worldUnix, worldUDP, worldPacket}
	connected  = []string{worldTCP, worldUnix, worldPacket}
	streams    = []string{worldTCP, worldUnix}
	tcpOnly    = []string{worldTCP}
	udpOnly    = []string{worldUDP}
)

func TestResumeDirected(t *testing.T) {
	h := newHarness(t)
	all, err := newWorlds(h, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range [][]directed{directedSending, directedReceiving, directedHolders, directedEnds, directedUnary, directedDatagrams, directedOutcomes, directedWriters} {
		for _, d := range list {
			for _, kind := range d.kinds {
				t.Run(d.name+"/"+kind, func(t *testing.T) {
					w := all.enter(t, kind)
					defer w.leave()
					d.play(w)
					w.finish(false)
				})
			}
		}
	}
}

// on attaches a holder with its next epoch, MANUAL unless changed, and wants it
// to be taken.
func (w *world) on(holder string, change ...func(*farsockv1.Attach)) *wireStream {
	w.Helper()
	a := &farsockv1.Attach{Holder: holder, Epoch: w.m.epoch + 1, Ack: manual}
	for _, c := range change {
		c(a)
	}
	s := w.attach(a)
	if s == nil {
		w.Fatalf("%v was refused", a)
	}
	return s
}

// off wants an attach to be refused; why the model says.
func (w *world) off(holder string, change ...func(*farsockv1.Attach)) {
	w.Helper()
	a := &farsockv1.Attach{Holder: holder, Epoch: w.m.epoch + 1, Ack: manual}
	for _, c := range change {
		c(a)
	}
	if w.attach(a) != nil {
		w.Fatalf("%v was taken", a)
	}
}

func steal(a *farsockv1.Attach) { a.Steal = true }
func auto(a *farsockv1.Attach)  { a.Ack = farsockv1.AckMode_ACK_MODE_AUTO }
func epoch(n int64) func(*farsockv1.Attach) {
	return func(a *farsockv1.Attach) { a.Epoch = n }
}
func window(n int32) func(*farsockv1.Attach) {
	return func(a *farsockv1.Attach) { a.Window = proto.Int32(n) }
}
func receiveFrom(at int64) func(*farsockv1.Attach) {
	return func(a *farsockv1.Attach) { a.ReceiveFrom = proto.Int64(at) }
}
func sendFrom(at int64) func(*farsockv1.Attach) {
	return func(a *farsockv1.Attach) { a.SendFrom = proto.Int64(at) }
}

// sends is so much data of the live stream's holder, taken by the kernel.
func (w *world) sends(n int64) {
	w.Helper()
	w.data(w.m.planned, w.m.planned+n)
	w.settle()
}
