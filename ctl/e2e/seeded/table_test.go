//go:build linux

package seeded

// catch says which test catches a bug.
type catch struct {
	bug  string // as agent/internal/seeded has it
	pkg  string // the folder below agent/internal
	test string // what has to fail, as go test names it
	// random is the kind of socket on which random sequences find it too, tried
	// with the full counts alone.
	random string
}

var table = []catch{
	// A stream's sending direction.
	{"accept-gap", "rpc", "TestResumeDirected/data_one_behind_what_came_before/tcp", "tcp"},
	{"drop-overlap-tail", "rpc", "TestResumeDirected/data_one_before_what_was_applied/tcp", "tcp"},
	{"foreign-overlap", "rpc", "TestResumeDirected/an_overlap_over_another's/tcp", "tcp"},
	{"stale-epoch-pumps", "rpc", "TestResumeDirected/taken_over_while_a_write_waits_for_the_peer/tcp", "tcp"},
	{"double-apply", "rpc", "TestResumeDirected/Send_with_an_offset,_repeated_and_beside/tcp", "tcp"},
	{"applied-early", "rpc", "TestResumeDirected/cut_while_a_write_waits_for_the_peer/tcp", "tcp"},
	{"close-write-early", "rpc", "TestResumeDirected/close_write_one_before_the_end/tcp", "tcp"},
	{"refused-forgotten", "rpc", "TestResumeDirected/refused_datagrams_are_told_again/udp", "udp"},
	{"equal-epoch", "rpc", "TestResumeDirected/an_epoch_that_is_lower,_equal,_higher,_while_attached/tcp", "tcp"},
	{"fenced-forgotten", "rpc", "TestResumeDirected/who_was_stolen_from_stays_out,_also_later/tcp", "tcp"},

	// A stream's receiving direction.
	{"trim-before-ack", "rpc", "TestResumeDirected/nothing_is_acknowledged_by_being_sent/tcp", "tcp"},
	{"end-before-data", "rpc", "TestResumeDirected/the_end_comes_after_what_is_held/tcp", "tcp"},
	{"ack-unread", "rpc", "TestResumeDirected/an_ack_of_one_more_than_was_got/tcp", "tcp"},
	{"held-lost-on-cancel", "rpc", "TestResumeDirected/what_a_cancelled_Receive_had_found_stays/tcp", "tcp"},
	{"clamp-receive-from", "rpc", "TestResumeDirected/receive_from_at_each_edge/tcp", "tcp"},
	{"window-ignored", "rpc", "TestResumeDirected/a_window_that_is_exactly_full/tcp", "tcp"},
	{"reset-as-end", "rpc", "TestResumeDirected/a_reset_stays_a_reset/tcp", "tcp"},
	{"fin-for-reset", "rpc", "TestResumeDirected/closed_with_a_byte_that_nobody_got/tcp", "tcp"},
	{"reset-for-fin", "rpc", "TestResumeDirected/closed_with_everything_received/tcp", "tcp"},

	// Leases and repeated calls.
	{"dial-after-end", "session", "TestEndCancelsCallsAndRefusesLateInstalls", ""},
	{"reap-after-stop", "session", "TestPauseIsNotCounted", ""},
	{"accept-response-lost", "rpc", "TestAcceptRepeated", ""},
	{"call-does-not-hold", "session", "TestCallsUnderWayKeepASession", ""},
	{"tombstone-forgotten", "session", "TestTombstoneAnswersForTenMinutes", ""},
}
