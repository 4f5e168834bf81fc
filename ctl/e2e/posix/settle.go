//go:build linux

package posix

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
)

// Settle returns when every packet that was sent over a loopback or a veth
// link of this host has been delivered, those that answered it too: such links
// hand them over by queues (one a processor), which are seen to be empty twice.
func Settle() error {
	for empty := 0; empty < 2; {
		n, err := queuedPackets()
		if err != nil {
			return err
		}
		if empty++; n > 0 {
			empty = 0
		}
		runtime.Gosched()
	}
	return nil
}

// backlogColumn is softnet_stat's field with the length of a processor's
// queues (net/core/net-procfs.c).
const backlogColumn = 11

func queuedPackets() (uint64, error) {
	text, err := os.ReadFile("/proc/net/softnet_stat")
	if err != nil {
		return 0, err
	}
	var sum uint64
	for line := range bytes.Lines(text) {
		fields := bytes.Fields(line)
		if len(fields) <= backlogColumn {
			return 0, fmt.Errorf("softnet_stat has %d columns", len(fields))
		}
		n, err := strconv.ParseUint(string(fields[backlogColumn]), 16, 32)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}
