//go:build linux

package differ

import (
	"fmt"
	"strings"

	"github.com/farsock/farsock/ctl/e2e/posix"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// classes are the contract's (OutcomeCode), by errno; any other is OTHER.
var classes = map[string]string{
	"": "DONE", "ECONNREFUSED": "REFUSED", "ETIMEDOUT": "TIMED_OUT", "ECONNRESET": "RESET",
	"EHOSTUNREACH": "UNREACHABLE", "ENETUNREACH": "UNREACHABLE", "ENETDOWN": "UNREACHABLE",
	"EADDRINUSE": "ADDRESS_IN_USE", "EADDRNOTAVAIL": "ADDRESS_NOT_AVAILABLE", "EACCES": "NOT_PERMITTED", "EPERM": "NOT_PERMITTED",
	"ENOTCONN": "NOT_CONNECTED", "EISCONN": "ALREADY_CONNECTED", "EINPROGRESS": "IN_PROGRESS", "EALREADY": "ALREADY",
	"EAGAIN": "WOULD_BLOCK", "EPIPE": "BROKEN_PIPE", "EINVAL": "INVALID", "EFAULT": "INVALID",
	"EOPNOTSUPP": "NOT_SUPPORTED", "EPROTONOSUPPORT": "NOT_SUPPORTED", "EAFNOSUPPORT": "NOT_SUPPORTED",
	"ESOCKTNOSUPPORT": "NOT_SUPPORTED", "ENOPROTOOPT": "NOT_SUPPORTED", "EPROTOTYPE": "NOT_SUPPORTED",
	"EMSGSIZE": "MESSAGE_TOO_LARGE", "ENOBUFS": "NO_RESOURCES", "ENOMEM": "NO_RESOURCES", "EMFILE": "NO_RESOURCES",
	"ENOENT": "NOT_FOUND", "ENODEV": "NOT_FOUND", "ENXIO": "NOT_FOUND", "ENOTDIR": "NOT_FOUND",
	"ECONNABORTED": "ABORTED", "EDESTADDRREQ": "DESTINATION_REQUIRED",
}

// answer is an outcome as a result. One that is none of the kernel's is in
// parentheses, and so is one whose class or system call does not fit its errno.
func answer(o *farsockv1.Outcome) posix.Result {
	code, errno := strings.TrimPrefix(o.GetCode().String(), "OUTCOME_CODE_"), o.GetErrnoName()
	if errno == "" && code != "DONE" {
		return posix.Result{Errno: "(" + code + ")"}
	}
	class, ok := classes[errno]
	if !ok {
		class = "OTHER"
	}
	if o != nil && (class != code || (errno != "") != (o.GetSyscall() != "")) {
		return posix.Result{Errno: fmt.Sprintf("(%s %s of %q)", code, errno, o.GetSyscall())}
	}
	return posix.Result{Errno: errno, Syscall: o.GetSyscall()}
}

// directed adds what an operation that stopped was directed at.
func (a *agentSide) directed(r posix.Result, at *farsockv1.Address) posix.Result {
	if r.Errno != "" || r.Stop != "" {
		r.Asked = a.text(at)
	}
	return r
}

// stopped is the result of a send that got somewhere: send(2) tells the count,
// and its reason to stop the next time; SendResponse has both.
func stopped(r posix.Result, n int) posix.Result {
	if r.N = n; n > 0 {
		r.Stop, r.Errno, r.Syscall = r.Errno, "", ""
	}
	return r
}
