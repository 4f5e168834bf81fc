//go:build linux

package sock

import (
	"errors"
	"fmt"

	"github.com/farsock/farsock/agent/internal/poller"
)

// Errors of our own. What the kernel answers is an Outcome instead.
var (
	// ErrClosed: the socket was closed, before the call or under it.
	ErrClosed = poller.ErrClosed
	// ErrAttached: an Attachment has the socket, so that Send, Receive, Ack
	// and a second Attach are refused.
	ErrAttached = errors.New("socket is attached")
	// ErrBusy: Attach was called while a Send or Receive is under way.
	ErrBusy = errors.New("socket is busy with a send or receive")
	// ErrDetached: the Attachment was used after Detach.
	ErrDetached = errors.New("attachment is detached")
	// ErrStaleEpoch: the same holder has attached, now or before, with this
	// epoch or a higher one.
	ErrStaleEpoch = errors.New("stale epoch")
	// ErrFenced: another Attachment has taken this one's place, or that of the
	// holder who attaches.
	ErrFenced = errors.New("another attachment took the socket")
)

// HolderError says that bytes (messages) from an offset on were not all sent by
// the holder who names it. Nothing was done.
type HolderError struct {
	// Field is the request's field: "offset", "send_from".
	Field string
	// Offset is what it says, SendOffset how much was sent by now.
	Offset, SendOffset int64
}

func (e *HolderError) Error() string {
	return fmt.Sprintf("%s is %d: not all from there to %d was sent by this holder", e.Field, e.Offset, e.SendOffset)
}

// RangeError says that a number of the request is out of range. Nothing was
// done.
type RangeError struct {
	// Field is the request's field: "offset", "max_bytes", ...
	Field string
	// Got is the number, Min and Max what is allowed, both inclusive.
	Got, Min, Max int64
}

func (e *RangeError) Error() string {
	return fmt.Sprintf("%s is %d, not in %d to %d", e.Field, e.Got, e.Min, e.Max)
}

// ArgumentError says that the request contradicts itself or does not fit the
// socket, for example a delimiter on a datagram socket. Nothing was done.
type ArgumentError struct {
	// Field is the request's field.
	Field string
	// Reason is a short English phrase for people.
	Reason string
}

func (e *ArgumentError) Error() string { return e.Field + " " + e.Reason }

// BudgetError says that all sockets together hold as much as they may. Nothing
// was read from the kernel.
type BudgetError struct {
	// Max is the budget in bytes, Used what is taken, Asked what was wanted
	// on top.
	Max, Used, Asked int64
}

func (e *BudgetError) Error() string {
	return fmt.Sprintf("held bytes: %d of %d used, %d more wanted", e.Used, e.Max, e.Asked)
}

// ItemError says which of Poll's items failed.
type ItemError struct {
	// Index is the item's place in the request.
	Index int
	// Err is its error, ErrClosed for example.
	Err error
}

func (e *ItemError) Error() string { return fmt.Sprintf("item %d: %v", e.Index, e.Err) }

// Unwrap returns Err.
func (e *ItemError) Unwrap() error { return e.Err }
