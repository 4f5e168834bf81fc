package render

import (
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func TestTCPInfo(t *testing.T) {
	i := &farsockv1.TcpInfo{
		State: "ESTABLISHED", CongestionState: "Open", Options: []string{"timestamps", "sack"}, SendWindowScale: 7, ReceiveWindowScale: 10,
		RttUs: 51, RttVarUs: 20, MinRttUs: 33, RtoUs: 200000, CongestionWindow: 10, SendSsthresh: math.MaxInt32,
		SendMss: 1448, PathMtu: 1500, BytesSent: 5, SegmentsOut: 3, DataSegmentsOut: 1, BytesAcked: 6, LastDataSentMs: 1500,
		TotalRetransmits: 2, BytesRetransmitted: 10, MaxPacingRate: math.MaxUint64, PacingRate: 1000, BusyTimeUs: 2000, SendBufferLimitedUs: 1000,
	}
	got := written(t, func(w io.Writer) error { return TCPInfo(w, 0, "tcp", i) })
	want := `
tcp
  state              ESTABLISHED, congestion open
  negotiated         timestamps, sack, scales 7 and 10
  rtt                0.051 ms ± 0.02 ms, least 0.033 ms
  time-outs          retransmission 200 ms
  congestion window  10 segments
  segment            sent 1448 bytes, path mtu 1500 bytes
  sent               5 bytes, 3 segments, with data 1, acknowledged 6 bytes
  trouble            retransmitted 10 bytes, 2 retransmitted segments
  rate               pacing 1000 bytes/s
  busy               2ms, by the send buffer 1ms
  last               sent 1.5s ago
`
	if got != want {
		t.Errorf("%s", got)
	}
	// What has not happened yet was not any time ago, whatever the kernel counts.
	for want, i := range map[string]*farsockv1.TcpInfo{
		"":                            {State: "SYN_SENT", SegmentsOut: 1, LastDataSentMs: 15000000, LastDataReceivedMs: 15000000, LastAckReceivedMs: 15000000},
		"ack 20ms ago":                {SegmentsOut: 2, SegmentsIn: 1, LastDataSentMs: 30, LastDataReceivedMs: 15000000, LastAckReceivedMs: 20},
		"received 1s ago, ack 1s ago": {SegmentsIn: 2, DataSegmentsIn: 1, LastDataSentMs: 9, LastDataReceivedMs: 1000, LastAckReceivedMs: 1000},
	} {
		if got := last(i); got != want {
			t.Errorf("last %q, want %q", got, want)
		}
	}
	if len(i.Options) != 2 {
		t.Error("the answer was changed")
	}
	narrow := written(t, func(w io.Writer) error { return TCPInfo(w, 50, "tcp", i) })
	if strings.Join(strings.Fields(narrow), " ") != strings.Join(strings.Fields(got), " ") {
		t.Errorf("narrow says something else:\n%s", narrow)
	}
	for line := range strings.Lines(narrow) {
		if len([]rune(line)) > 51 {
			t.Errorf("%q", line)
		}
	}
}

// Figures that a kernel does not have are left out, not told as 0.
func TestTCPInfoOfNothing(t *testing.T) {
	got := written(t, func(w io.Writer) error { return TCPInfo(w, 0, "tcp", &farsockv1.TcpInfo{State: "CLOSE"}) })
	if got != "\ntcp\n  state              CLOSE\n  time-outs          retransmission 0 ms\n  congestion window  0 segments\n" {
		t.Errorf("%q", got)
	}
}

func TestMemory(t *testing.T) {
	got := written(t, func(w io.Writer) error {
		return Memory(w, 0, &farsockv1.MemoryInfo{ReceiveAllocated: 768, ReceiveBuffer: 212992, SendBuffer: 16384, SendQueued: 1, Drops: 3})
	})
	if got != "\nmemory\n  receive  768 of 212992 bytes\n  send     0 of 16384 bytes, queued 1 byte\n  drops    3 packets\n" {
		t.Errorf("%s", got)
	}
}

func TestDatagrams(t *testing.T) {
	for want, d := range map[string]*farsockv1.Datagram{
		"datagram, 0 bytes": {},
		"datagram from 10.0.0.9:53 to 224.0.0.251:5353 by eth0, 5 bytes, ttl 1, tos 0xb8, at 2026-01-02T03:04:05.000000006Z": {
			Data: []byte("hello"), Peer: inet("10.0.0.9", 53), Destination: inet("224.0.0.251", 5353), InterfaceName: "eth0",
			Ttl: proto.Int32(1), TrafficClass: proto.Int32(184), ReceiveTime: timestamppb.New(time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)),
			Control: []*farsockv1.ControlMessage{{Level: 0, Type: 2, Data: []byte{1, 0, 0, 0}}, {Level: 0, Type: 8}},
		},
		"datagram, 1 byte of 9, the rest is gone, control SOL_UDP:UDP_GRO:0a00, control 99:7:, control messages were lost, 2 descriptors closed": {
			Data: []byte("x"), Truncated: true, FullLength: 9, ControlTruncated: true, DescriptorsClosed: 2,
			Control: []*farsockv1.ControlMessage{{Level: 17, Type: 104, Data: []byte{10, 0}}, {Level: 99, Type: 7}},
		},
		"error ECONNREFUSED from icmp type 3 code 3, offender 10.0.0.1, for 10.0.0.1:9, 5 bytes, the rest is gone": {
			Data: []byte("hello"), Truncated: true, Peer: inet("10.0.0.1", 9),
			Error: &farsockv1.ExtendedError{ErrnoName: "ECONNREFUSED", Origin: farsockv1.ErrorOrigin_ERROR_ORIGIN_ICMP, Type: 3, Code: 3, Offender: inet("10.0.0.1", 0)},
		},
		"error EMSGSIZE from this host, path mtu 1400, for [fe80::1%eth0]:9, 0 bytes": {
			Peer:  inet("fe80::1%eth0", 9),
			Error: &farsockv1.ExtendedError{ErrnoName: "EMSGSIZE", Origin: farsockv1.ErrorOrigin_ERROR_ORIGIN_LOCAL, Info: 1400},
		},
	} {
		if got := Datagram(d); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if Beside(&farsockv1.ReceiveResponse{Data: []byte("x")}) != "" {
		t.Error("bytes alone are something to speak of")
	}
	if got := Beside(&farsockv1.ReceiveResponse{Data: []byte("x"), DescriptorsClosed: 1}); got != "1 byte, 1 descriptor closed" {
		t.Errorf("%q", got)
	}
}

func TestControlRoundTrip(t *testing.T) {
	for in, want := range map[string]*farsockv1.ControlMessage{
		"SOL_IP:IP_TTL:40000000":     {Level: 0, Type: 2, Data: []byte{64, 0, 0, 0}},
		"41:0x34:":                   {Level: 41, Type: 52, Data: []byte{}},
		"SOL_SOCKET:SCM_RIGHTS:0102": {Level: 1, Type: 1, Data: []byte{1, 2}},
	} {
		if got, err := ParseControl(in); err != nil || !proto.Equal(got, want) {
			t.Errorf("%s: %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "1:2", "1:2:3", "1:2:xx", "SOL_IP:IPV6_HOPLIMIT:00", "SOL_NO:1:00", "1:2:00:00"} {
		if got, err := ParseControl(in); err == nil {
			t.Errorf("%q became %v", in, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		c := &farsockv1.ControlMessage{
			Level: rapid.OneOf(rapid.Int32Range(0, 50), rapid.Int32()).Draw(t, "level"),
			Type:  rapid.OneOf(rapid.Int32Range(0, 110), rapid.Int32()).Draw(t, "type"),
			Data:  rapid.SliceOf(rapid.Byte()).Draw(t, "data"),
		}
		if got, err := ParseControl(Control(c)); err != nil || !proto.Equal(got, c) {
			t.Fatalf("%s: %v, %v", Control(c), got, err)
		}
	})
}

func TestWrap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[a-zä]{1,9}( [a-zä]{1,9}){0,20}`).Draw(t, "s")
		width := rapid.IntRange(1, 40).Draw(t, "width")
		lines := Wrap(s, width)
		if strings.Join(lines, " ") != s {
			t.Fatalf("%q", lines)
		}
		for _, l := range lines {
			if len([]rune(l)) > width && strings.Contains(l, " ") {
				t.Fatalf("%q is longer than %d", l, width)
			}
		}
	})
	if got := Wrap("as it is", 0); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

func TestWithoutEmpty(t *testing.T) {
	columns, rows := WithoutEmpty([]Column{{Title: "A"}, {Title: "B"}, {Title: "C"}}, [][]string{{"1", "", ""}, {"2", "", "x"}}, "B", "C", "D")
	if len(columns) != 2 || columns[1].Title != "C" || len(rows[0]) != 2 || rows[1][1] != "x" {
		t.Errorf("%v %v", columns, rows)
	}
}
