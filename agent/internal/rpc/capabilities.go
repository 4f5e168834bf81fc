//go:build linux

package rpc

import (
	"sync"

	"github.com/farsock/farsock/agent/internal/sock"
)

// capabilities are stable words for what this build does on this host.
var capabilities = sync.OnceValue(func() []string {
	words := []string{
		"tcp", "udp", "unix-stream", "unix-datagram", "unix-seqpacket", "abstract", "ipv6",
		"re2", "manual-ack", "peek", "stream", "resume", "send-offset", "poll", "raw-options", "resolve", "request-id",
		"options", "multicast", "out-of-band", "wait-all", "control", "error-queue", "batch", "disconnect",
		"netns", "tcp-info", "memory-info", "wait-socket",
		"fast-open", "buffer-sizes", "datagram-words", "max-control",
	}
	if sock.HasMPTCP() {
		words = append(words, "mptcp")
	}
	return words
})
