//go:build linux

package sock

import (
	"bytes"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// byteAt is what the peer sends at an offset.
func byteAt(offset int64) byte { return byte(offset*7 + offset>>8) }

// However bytes are received, each comes once and at its offset.
func TestReceivesKeepTheirOffsets(t *testing.T) {
	env := newEnv(t)
	rapid.Check(t, func(r *rapid.T) {
		s, c := connected(t, env)
		defer s.Close(bg, false)
		defer c.Close()
		var sent, taken int64
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			if rapid.Bool().Draw(r, "peer sends") {
				b := make([]byte, rapid.IntRange(1, 3000).Draw(r, "bytes"))
				for i := range b {
					b[i] = byteAt(sent + int64(i))
				}
				if _, err := c.Write(b); err != nil {
					r.Fatal(err)
				}
				sent += int64(len(b))
				continue
			}
			q := ReceiveRequest{Max: rapid.IntRange(0, 4000).Draw(r, "max")}
			switch rapid.SampledFrom([]string{"plain", "peek", "all", "all and peek", "exactly", "manual", "buffers", "water"}).Draw(r, "how") {
			case "peek":
				q.Peek = true
			case "all":
				q.WaitAll = true
			case "all and peek":
				q.WaitAll, q.Peek = true, true
			case "exactly":
				q.Max++
				q.Until = Until{Exactly: q.Max}
			case "manual":
				q.Manual = true
			case "buffers":
				part := rapid.IntRange(0, q.Max).Draw(r, "part")
				q.Buffers = []int{part, 0, q.Max - part}
			case "water":
				if _, out, err := s.SetOption(Option{Kind: OptReceiveLowWater, Int: rapid.IntRange(1, 2000).Draw(r, "low water")}); err != nil || !out.OK() {
					r.Fatalf("%+v, %v", out, err)
				}
				continue
			}
			w := rapid.SampledFrom([]Wait{For(0), For(2 * time.Millisecond)}).Draw(r, "wait")
			got, err := s.Receive(bg, q, w)
			if err != nil {
				r.Fatal(err)
			}
			if got.Offset != taken || len(got.Data) > q.Max {
				r.Fatalf("%+v: %d bytes at %d, want %d", q, len(got.Data), got.Offset, taken)
			}
			for i, b := range got.Data {
				if b != byteAt(taken+int64(i)) {
					r.Fatalf("%+v: the byte at %d is another's", q, taken+int64(i))
				}
			}
			if q.WaitAll && w != For(0) && got.Outcome.OK() && len(got.Data) != q.Max {
				r.Fatalf("%+v: %d bytes", q, len(got.Data))
			}
			if !q.Peek && !q.Manual {
				taken += int64(len(got.Data))
			}
		}
		if err := c.CloseWrite(); err != nil {
			r.Fatal(err)
		}
		rest, err := s.Receive(bg, ReceiveRequest{Max: maxReceive, Until: Until{EOF: true}}, soon())
		if err != nil || !rest.End || taken+int64(len(rest.Data)) != sent {
			r.Fatalf("took %d and then %d of %d, %v", taken, len(rest.Data), sent, err)
		}
	})
}

// What a datagram is sent with it arrives with.
func TestWordsArriveAsTheyWereSent(t *testing.T) {
	env := newEnv(t)
	to := open(t, env, Spec{Family: Inet, Type: Datagram, Bind: &Address{Family: Inet}})
	from := open(t, env, Spec{Family: Inet, Type: Datagram})
	setBool(t, to, OptPacketInfo, OptReceiveTTL, OptReceiveTrafficClass)
	rapid.Check(t, func(r *rapid.T) {
		octet := rapid.IntRange(1, 254)
		host := func(what string) string {
			return net.IPv4(127, byte(octet.Draw(r, what)), byte(octet.Draw(r, what)), byte(octet.Draw(r, what))).String()
		}
		o := Outgoing{
			Data: rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(r, "data"),
			To:   &Address{Family: Inet, Host: host("destination"), Port: info(t, to).Local.Port},
		}
		ttl, class := rapid.IntRange(1, 255).Draw(r, "ttl"), rapid.IntRange(0, 63).Draw(r, "class")*4
		o.TTL, o.TrafficClass, o.Source = &ttl, &class, host("source")
		if n := rapid.IntRange(0, len(o.Data)).Draw(r, "first buffer"); len(o.Data) > 0 {
			o.Buffers = []int{n, len(o.Data) - n}
		}
		sent, err := from.Send(bg, SendRequest{Batch: []Outgoing{o}}, soon())
		if err != nil || !sent.Outcome.OK() {
			r.Fatalf("%+v, %v", sent, err)
		}
		got, err := to.Receive(bg, ReceiveRequest{Max: 1000}, soon())
		if err != nil || len(got.Datagrams) != 1 {
			r.Fatalf("%+v, %v", got, err)
		}
		m := got.Datagrams[0]
		if !bytes.Equal(m.Data, o.Data) || m.Source.Host != o.Source || m.Destination.Host != o.To.Host || *m.TTL != ttl || *m.TrafficClass != class {
			r.Fatalf("sent %+v, got %+v", o, m)
		}
	})
}

// What appendControl writes golang.org/x/sys reads.
func TestControlIsReadAsWritten(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		list := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) Control {
			return Control{
				Level: rapid.IntRange(-1<<31, 1<<31-1).Draw(r, "level"), Type: rapid.IntRange(-1<<31, 1<<31-1).Draw(r, "type"),
				Data: rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(r, "data"),
			}
		}), 0, maxControl).Draw(r, "control")
		var b []byte
		for _, c := range list {
			b = appendControl(b, c.Level, c.Type, c.Data)
		}
		got, err := unix.ParseSocketControlMessage(b)
		if err != nil || len(got) != len(list) {
			r.Fatalf("%d of %d, %v", len(got), len(list), err)
		}
		for i, c := range list {
			if int(got[i].Header.Level) != c.Level || int(got[i].Header.Type) != c.Type || !bytes.Equal(got[i].Data, c.Data) {
				r.Fatalf("%+v, want %+v", got[i], c)
			}
		}
	})
}
