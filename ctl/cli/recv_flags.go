package cli

import (
	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// recvFlags are the flags of `recv`, but --wait.
type recvFlags struct {
	cmd *cobra.Command

	max, exactly, datagrams, maxControl *int32

	until, match                                       *string
	eof, peek, dontWait, waitAll, oob, errorQueue, hex *bool

	buffers *[]int32
	times   *int32
	made    *patternFlags
}

func addRecvFlags(cmd *cobra.Command) *recvFlags {
	f := cmd.Flags()
	defer noDefault(cmd, "buffers")
	return &recvFlags{
		cmd:        cmd,
		max:        f.Int32("max", 0, "at most `N` bytes; with a condition, the window in which it has to hold (default 65536, 1048576)"),
		exactly:    f.Int32("exactly", 0, "exactly `N` bytes"),
		until:      f.String("until", "", "up to and including `BYTES`; "+escapesHelp),
		match:      f.String("match", "", "up to the end of the first match of `RE2`, which reads \\r, \\n, \\xHH itself"),
		eof:        f.Bool("eof", false, "everything up to the end of the stream, if it is no more than --max (else exit 6)"),
		peek:       f.Bool("peek", false, "MSG_PEEK: leave it there"),
		dontWait:   f.Bool("dont-wait", false, "MSG_DONTWAIT: only what is there, past any who wait"),
		waitAll:    f.Bool("wait-all", false, "MSG_WAITALL: wait for all --max bytes"),
		oob:        f.Bool("oob", false, "MSG_OOB: the urgent byte; recv(2) itself is --wait 0"),
		errorQueue: f.Bool("error-queue", false, "MSG_ERRQUEUE: entries of the error queue; recv(2) itself is --wait 0"),
		datagrams:  f.Int32("datagrams", 0, "at most `N` datagrams, if so many are there (default 1), up to 64\nby one call, as recvmmsg(2)"),
		buffers:    f.Int32Slice("buffers", nil, "`SIZES` of the buffers that recvmsg(2) scatters over, such as 3,5,0"),
		maxControl: f.Int32("max-control", 0, "room for control messages, `N` bytes (default 8192)"),
		hex:        f.Bool("hex", false, "write hex digits, one line for all bytes or for each datagram"),
		times:      f.Int32("times", 1, "receive `N` times, one after the other, and say how much came"),
		made:       addPattern(cmd, "take `N` bytes (of datagram sockets: a datagram of N) and compare\nthem with the pattern"),
	}
}

// aloneWithPattern refuses what says otherwise how much to take, and how.
func (f *recvFlags) aloneWithPattern() error {
	for _, name := range []string{
		"max", "exactly", "until", "match", "eof", "peek", "dont-wait", "wait-all", "oob", "error-queue",
		"buffers", "max-control", "hex",
	} {
		if err := exclusive(f.cmd, "pattern", name); err != nil {
			return err
		}
	}
	return nil
}

// alone refuses what recvmsg(2) has no meaning for together: the contract does too,
// in its own words.
func (f *recvFlags) alone() error {
	conditions := []string{"exactly", "until", "match", "eof"}
	for _, row := range []struct {
		flag   string
		others []string
	}{
		{"peek", nil},
		{"wait-all", nil},
		{"oob", []string{"wait-all"}},
		{"error-queue", []string{"peek", "oob", "wait-all"}},
		{"buffers", []string{"datagrams"}},
	} {
		for _, other := range append(row.others, conditions...) {
			if err := exclusive(f.cmd, row.flag, other); err != nil {
				return err
			}
		}
	}
	return nil
}

// request is what the flags say of a Receive.
func (f *recvFlags) request(wait *waitFlag) (*farsockv1.ReceiveRequest, error) {
	changed := f.cmd.Flags().Changed
	if err := exclusive(f.cmd, "exactly", "until", "match", "eof"); err != nil {
		return nil, err
	}
	if err := f.alone(); err != nil {
		return nil, err
	}
	req := &farsockv1.ReceiveRequest{
		Peek: *f.peek, DontWait: *f.dontWait, WaitAll: *f.waitAll, OutOfBand: *f.oob,
		ErrorQueue: *f.errorQueue, BufferSizes: *f.buffers, Wait: wait.proto(),
	}
	if *f.dontWait && !changed("wait") {
		req.Wait = nil // the flag says it all
	}
	if changed("max") {
		req.MaxBytes = f.max
	}
	if len(*f.buffers) > 0 && req.MaxBytes == nil {
		req.MaxBytes = new(int32)
		for _, n := range *f.buffers {
			*req.MaxBytes += n
		}
	}
	if changed("datagrams") {
		req.MaxDatagrams = f.datagrams
	}
	if changed("max-control") {
		req.MaxControlBytes = f.maxControl
	}
	switch {
	case changed("exactly"):
		req.Until = &farsockv1.ReceiveRequest_Exactly{Exactly: *f.exactly}
	case changed("until"):
		delimiter, err := unescape(*f.until)
		if err != nil {
			return nil, err
		}
		req.Until = &farsockv1.ReceiveRequest_Delimiter{Delimiter: delimiter}
	case changed("match"):
		req.Until = &farsockv1.ReceiveRequest_Pattern{Pattern: *f.match}
	case *f.eof:
		req.Until = &farsockv1.ReceiveRequest_EndOfStream{EndOfStream: true}
	}
	return req, nil
}
