package render

import farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

// Filled is the sentence about a socket that takes no more: "d  full  2626560
// bytes".
func Filled(s *farsockv1.Socket, n, datagrams int64) string {
	return join(SocketID(s), "full", amount(n, datagrams))
}

// Drained is the sentence about what was received and discarded: "c1  drained
// 2626560 bytes, then the end of the stream".
func Drained(s *farsockv1.Socket, n, datagrams int64, end bool) string {
	text := amount(n, datagrams)
	if end {
		text += ", then the end of the stream"
	}
	return join(SocketID(s), "drained", text)
}

func amount(n, datagrams int64) string {
	if datagrams > 0 {
		return Count(datagrams, "datagram") + ", " + Count(n, "byte")
	}
	return Count(n, "byte")
}
