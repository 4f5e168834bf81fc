//go:build linux

// Package seeded names the mistakes that the tests have to catch: built with
// the tag "seeded", and with the environment variable FARSOCK_SEEDED set to
// one of their names, the agent makes that mistake.
//
// A hook is one line at the place where the rule stands,
//
//	if seeded.On(seeded.AcceptGap) { ... }
//
// and compiles to nothing without the tag. ctl/e2e/seeded lists each bug with
// the test that catches it, and fails if one gets by.
package seeded

// Bug is a mistake in the agent, by its name in FARSOCK_SEEDED.
type Bug string

// The bugs of a stream's sending direction.
const (
	AcceptGap        Bug = "accept-gap"        // data behind a gap is taken as if it followed
	DropOverlapTail  Bug = "drop-overlap-tail" // a repeat that holds new bytes too is dropped whole
	ForeignOverlap   Bug = "foreign-overlap"   // an overlap over another holder's bytes is dropped as one's own
	StaleEpochPumps  Bug = "stale-epoch-pumps" // what a fenced stream had received is still applied
	DoubleApply      Bug = "double-apply"      // a repeated Send with an offset is applied again
	AppliedEarly     Bug = "applied-early"     // bytes are reported as applied before write(2) took them
	CloseWriteEarly  Bug = "close-write-early" // a close_write at an offset behind the end is taken
	RefusedForgotten Bug = "refused-forgotten" // refused datagrams are not told again to a resumed stream
	EqualEpoch       Bug = "equal-epoch"       // an attach with the same epoch takes over
	FencedForgotten  Bug = "fenced-forgotten"  // a holder that was stolen from may attach again
)

// The bugs of a stream's receiving direction.
const (
	TrimBeforeAck    Bug = "trim-before-ack"     // held bytes go once sent, not once acknowledged
	EndBeforeData    Bug = "end-before-data"     // the end overtakes data that is held
	AckUnread        Bug = "ack-unread"          // an ack of bytes that were never sent to the client is taken
	HeldLostOnCancel Bug = "held-lost-on-cancel" // what was read for a call that was cancelled is lost
	ClampReceiveFrom Bug = "clamp-receive-from"  // a receive_from out of range is moved into it
	WindowIgnored    Bug = "window-ignored"      // reading goes on though the window is full
	ResetAsEnd       Bug = "reset-as-end"        // a reset is told to later streams as an orderly end
	FinForReset      Bug = "fin-for-reset"       // Close with bytes that nobody got sends FIN
	ResetForFin      Bug = "reset-for-fin"       // Close with nothing left sends RST
)

// The bugs of leases and of repeated calls.
const (
	DialAfterEnd       Bug = "dial-after-end"       // a dial that completes after its session's end is installed
	ReapAfterStop      Bug = "reap-after-stop"      // a pause of the agent counts against the leases
	AcceptResponseLost Bug = "accept-response-lost" // an Accept's response is not stored
	CallDoesNotHold    Bug = "call-does-not-hold"   // a call under way does not hold its session's lease
	TombstoneForgotten Bug = "tombstone-forgotten"  // an ended session is answered as one that never was
)
