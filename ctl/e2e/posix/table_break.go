//go:build linux

package posix

// tableBreak is calls that wait and that something else than what they wait for
// ends: urgent data, another sender, a shutdown.
var tableBreak = []Case{
	row("wait all and urgent data", connected(Inet), send(1, "aaa"), recv(2, 10, WaitAll).behind(), send(1, "!", OOB), join(2), recv(2, 1, OOB, Peek), send(1, "bbb"), recv(2, 10)),
	row("wait all and urgent data inline", connected(Inet), set(2, "out_of_band_inline", "true"), send(1, "aaa"), recv(2, 10, WaitAll).behind(), send(1, "!", OOB), join(2), send(1, "bbb"), recv(2, 10)),
	row("low water and urgent data", connected(Inet), set(2, "receive_low_water", "6"), recv(2, 10).behind(), send(1, "abc"), send(1, "!", OOB), join(2), recv(2, 1, OOB)),
	row("low water and urgent data, fetched", connected(Inet), set(2, "receive_low_water", "6"), recv(2, 10).behind(), send(1, "abc!", OOB), join(2), recv(2, 1, OOB), send(1, "d"), recv(2, 10)),
	row("wait all and urgent data on a unix stream", unixPair(Stream), send(1, "aaa"), recv(2, 10, WaitAll).behind(), send(1, "!", OOB), join(2), recv(2, 1, OOB), send(1, "bbb"), recv(2, 10)),
	row("wait all and urgent data inline on a unix stream", unixPair(Stream), set(2, "out_of_band_inline", "true"), send(1, "aaa"), recv(2, 10, WaitAll).behind(), send(1, "!", OOB), join(2), recv(2, 10)),
	row("low water and urgent data on a unix stream", unixPair(Stream), set(2, "receive_low_water", "6"), send(1, "aaa"), recv(2, 10).behind(), send(1, "!", OOB), join(2), recv(2, 1, OOB)),
}
