//go:build linux

package rpc

import farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

// job is one message that was judged and is to be applied: data (none, if all
// came before), datagrams, or closeWrite.
type job struct {
	data       []byte
	array      int // of data, in bytes: all of it is kept
	datagrams  []*farsockv1.Datagram
	first      int64 // the number of the first of datagrams
	closeWrite bool
}

// size is what a job counts for in bytes, as the contract has it.
func (j *job) size() int64 { return int64(len(j.data)) + uploadedDatagrams(j.datagrams) }

// controlOverhead is what a control message takes beside its bytes.
const controlOverhead = 128

// cost is what a job keeps in memory, in bytes.
func (j *job) cost() int64 {
	n := int64(j.array) + uploadedDatagrams(j.datagrams)
	for _, d := range j.datagrams {
		n += int64(len(d.GetControl())) * controlOverhead
	}
	return n
}

// settle copies data that is a small part of its array: what came before, or was
// applied already, is not to be kept with it.
func (j *job) settle() {
	if len(j.data) < j.array/2 {
		j.data = append(make([]byte, 0, len(j.data)), j.data...)
		j.array = len(j.data)
	}
}

// mergeable is the size up to which bytes are appended to those before them, so
// that very many tiny messages cost no more than their bytes.
const mergeable = 32 << 10

// merge appends next's data, if it can.
func (j *job) merge(next job) bool {
	n := len(j.data) + len(next.data)
	if j.closeWrite || next.closeWrite || j.datagrams != nil || next.datagrams != nil || n > mergeable {
		return false
	}
	if n > cap(j.data) {
		j.array = min(2*n, mergeable)
		j.data = append(make([]byte, 0, j.array), j.data...)
	}
	j.data = append(j.data, next.data...)
	return true
}
