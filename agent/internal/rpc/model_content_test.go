//go:build linux

package rpc_test

// content is what a writer sends at an offset: never the same for long, so
// that a byte lost, repeated, moved or of another writer's shows.
func content(who string, offset int64) byte {
	x := uint64(offset) + 0x9e3779b97f4a7c15
	for i := range len(who) {
		x = (x ^ uint64(who[i])) * 0x100000001b3
	}
	x ^= x >> 29
	x *= 0xbf58476d1ce4e5b9
	return byte(x >> 56)
}

// bytesOf is what a writer sends between two offsets of a stream.
func bytesOf(who string, from, to int64) []byte {
	b := make([]byte, 0, max(0, to-from))
	for ; from < to; from++ {
		b = append(b, content(who, from))
	}
	return b
}

// tooLarge is one byte more than UDP takes.
const tooLarge = 65508

// datagramOf is the datagram that a writer sends under a number. One in 16 of
// the clients' is more than the kernel takes.
func datagramOf(who string, number int64) []byte {
	n := int64(content(who, number)) * int64(content(who, number+1)) / 64
	if who != peerName { // package net takes an empty packet for the end
		n++
	}
	if refusedOf(who, number) {
		n = tooLarge
	}
	return bytesOf(who, number<<17, number<<17+n)
}

func refusedOf(who string, number int64) bool {
	return who != "" && who != peerName && content(who, number+1<<40)%16 == 0
}

// peerName is the peer as a writer.
const peerName = "peer"
