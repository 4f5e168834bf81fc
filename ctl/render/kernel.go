package render

import (
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// Kernel describes what the kernel knows of a socket besides Socket: the sections
// that there are.
func Kernel(w io.Writer, width int, resp *farsockv1.GetSocketResponse) error {
	title := "tcp"
	if m := resp.GetMptcpInfo(); m != nil && !m.GetFallback() {
		title = "tcp, of the first subflow"
		if err := MPTCPInfo(w, width, m); err != nil {
			return err
		}
	}
	if resp.GetTcpInfo() != nil {
		if err := TCPInfo(w, width, title, resp.GetTcpInfo()); err != nil {
			return err
		}
	}
	if resp.GetMemory() != nil {
		return Memory(w, width, resp.GetMemory())
	}
	return nil
}

// TCPInfo describes what the kernel knows of a TCP connection, in groups, under a
// title; figures that are 0 for want of anything to count are left out.
func TCPInfo(w io.Writer, width int, title string, i *farsockv1.TcpInfo) error {
	return section(w, width, title, []Pair{
		tcpState(i),
		{"negotiated", negotiated(i)},
		{"rtt", rtt(i)},
		{"time-outs", list(of("retransmission", micros(i.GetRtoUs())), of("delayed ack", some(i.GetAtoUs(), micros)))},
		{"congestion window", list(segments(i.GetCongestionWindow()), of("slow start below", threshold(i.GetSendSsthresh())))},
		{"send window", size(i.GetSendWindow())},
		{"receive window", list(of("aims at", size(i.GetReceiveSpace())), of("slow start below", size(i.GetReceiveSsthresh())))},
		{"segment", list(of("sent", size(i.GetSendMss())), of("received", size(i.GetReceiveMss())), of("announced", size(i.GetAdvertisedMss())), of("path mtu", size(i.GetPathMtu())))},
		{"sent", list(traffic(i.GetBytesSent(), i.GetSegmentsOut(), i.GetDataSegmentsOut()), of("acknowledged", size(i.GetBytesAcked())), of("not sent yet", size(i.GetNotSentBytes())))},
		{"received", traffic(i.GetBytesReceived(), i.GetSegmentsIn(), i.GetDataSegmentsIn())},
		{"in flight", inFlight(i)},
		{"trouble", trouble(i)},
		{"rate", list(of("delivery", rate(i.GetDeliveryRate())), of("pacing", rate(i.GetPacingRate())), of("at most", rate(i.GetMaxPacingRate())))},
		{"busy", busy(i)},
		{"last", last(i)},
	})
}

// Memory describes a socket's memory in the kernel.
func Memory(w io.Writer, width int, m *farsockv1.MemoryInfo) error {
	return section(w, width, "memory", []Pair{
		{"receive", outOf(m.GetReceiveAllocated(), m.GetReceiveBuffer())},
		{"send", list(outOf(m.GetSendAllocated(), m.GetSendBuffer()), of("queued", size(m.GetSendQueued())))},
		{"else", list(of("reserved", size(m.GetForwardAllocated())), of("options", size(m.GetOptionMemory())), of("backlog", size(m.GetBacklog())))},
		{"drops", some(m.GetDrops(), func(n uint32) string { return Count(int64(n), "packet") })},
	})
}

// section writes pairs under a title, after an empty line.
func section(w io.Writer, width int, title string, pairs []Pair) error {
	if _, err := io.WriteString(w, "\n"+title+"\n"); err != nil {
		return err
	}
	for i := range pairs {
		pairs[i].Key = "  " + pairs[i].Key
	}
	return PairsWithin(w, width, pairs)
}

func tcpState(i *farsockv1.TcpInfo) Pair {
	return Pair{"state", Escape(list(i.GetState(), of("congestion", strings.ToLower(i.GetCongestionState()))))}
}

func inFlight(i *farsockv1.TcpInfo) string {
	return list(some(i.GetUnacked(), segments), of("sacked", nonzero(int64(i.GetSacked()))),
		of("lost", nonzero(int64(i.GetLost()))), of("retransmitted", nonzero(int64(i.GetRetrans()))))
}

func rtt(i *farsockv1.TcpInfo) string {
	if i.GetRttUs() == 0 {
		return of("least", least(i.GetMinRttUs()))
	}
	return list(micros(i.GetRttUs())+" ± "+micros(i.GetRttVarUs()), of("least", least(i.GetMinRttUs())),
		of("receiver's", some(i.GetReceiveRttUs(), micros)))
}

// last says how long ago something happened; of what has not happened yet the
// kernel counts from its own start.
func last(i *farsockv1.TcpInfo) string {
	since := func(times, ms uint32) string {
		return some(times, func(uint32) string { return ago(ms) })
	}
	return list(of("sent", since(i.GetDataSegmentsOut(), i.GetLastDataSentMs())),
		of("received", since(i.GetDataSegmentsIn(), i.GetLastDataReceivedMs())),
		of("ack", since(i.GetSegmentsIn(), i.GetLastAckReceivedMs())))
}

// trouble is what went wrong on the way; empty on a good path.
func trouble(i *farsockv1.TcpInfo) string {
	count := func(n uint32, what string) string {
		if n == 0 {
			return ""
		}
		return number(int64(n)) + " " + what
	}
	return list(
		of("retransmitted", size(i.GetBytesRetransmitted())),
		count(i.GetTotalRetransmits(), "retransmitted segments"),
		count(i.GetRetransmits(), "unanswered retransmissions"), count(i.GetProbes(), "unanswered probes"),
		of("backoff", nonzero(int64(i.GetBackoff()))), count(i.GetDuplicateSacks(), "duplicates reported"),
		count(i.GetReorderingSeen(), "reorderings"), count(i.GetReceiveOutOfOrder(), "received out of order"),
		count(i.GetDeliveredCe(), "congestion marks"),
	)
}

func busy(i *farsockv1.TcpInfo) string {
	if i.GetBusyTimeUs() == 0 {
		return ""
	}
	long := func(us uint64) string { return Span(time.Duration(us) * time.Microsecond) }
	return list(long(i.GetBusyTimeUs()), of("held up by the peer's window", some(i.GetReceiveWindowLimitedUs(), long)),
		of("by the send buffer", some(i.GetSendBufferLimitedUs(), long)))
}

func negotiated(i *farsockv1.TcpInfo) string {
	return Escape(list(append(slices.Clone(i.GetOptions()), scale(i))...))
}

func scale(i *farsockv1.TcpInfo) string {
	if i.GetSendWindowScale() == 0 && i.GetReceiveWindowScale() == 0 {
		return ""
	}
	return "scales " + number(int64(i.GetSendWindowScale())) + " and " + number(int64(i.GetReceiveWindowScale()))
}

// list puts the parts that there are side by side.
func list(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, ", ")
}

// of is a value with its name; empty if there is none.
func of(name, value string) string {
	if value == "" {
		return ""
	}
	return name + " " + value
}

// some is the text of a figure that is not 0.
func some[N uint32 | uint64](n N, text func(N) string) string {
	if n == 0 {
		return ""
	}
	return text(n)
}

func bytesOf[N uint32 | uint64](n N) string {
	if n == 1 {
		return "1 byte"
	}
	return strconv.FormatUint(uint64(n), 10) + " bytes"
}

// size is bytesOf a figure that is not 0.
func size[N uint32 | uint64](n N) string { return some(n, bytesOf[N]) }

func segments(n uint32) string { return Count(int64(n), "segment") }

// micros writes microseconds as milliseconds: "0.051 ms".
func micros(us uint32) string {
	return strconv.FormatFloat(float64(us)/1000, 'f', -1, 64) + " ms"
}

func ago(ms uint32) string { return Span(time.Duration(ms)*time.Millisecond) + " ago" }

func least(us uint32) string {
	if us == 0 || us == math.MaxUint32 {
		return ""
	}
	return micros(us)
}

func threshold(n uint32) string {
	if n == 0 || n == math.MaxInt32 {
		return ""
	}
	return segments(n)
}

func rate(n uint64) string {
	if n == 0 || n == math.MaxUint64 {
		return ""
	}
	return strconv.FormatUint(n, 10) + " bytes/s"
}

func traffic(n uint64, all, data uint32) string {
	if n == 0 && all == 0 {
		return ""
	}
	return list(bytesOf(n), segments(all), of("with data", number(int64(data))))
}

func outOf(n, bound uint32) string {
	return number(int64(n)) + " of " + bytesOf(bound)
}
