//go:build linux

package posix

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// blocking are the system calls that a Background operation blocks in.
var blocking = map[Call]int{
	Receive: unix.SYS_RECVMSG, ReceiveMany: unix.SYS_RECVMMSG, Send: unix.SYS_SENDMSG, Accept: unix.SYS_ACCEPT4, Connect: unix.SYS_CONNECT, Poll: unix.SYS_PPOLL,
}

// start runs an operation on a thread of its own and returns when that blocks
// in its system call, or has ended. Join waits for the result.
func (d *Direct) start(s *socket, op Op) <-chan Result {
	result, thread := make(chan Result, 1), make(chan int)
	op.Block = true
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		thread <- unix.Gettid()
		if op.Call == Await {
			result <- d.await(op)
			return
		}
		result <- d.do(s, op)
	}()
	if op.Call == Await { // which only looks
		<-thread
		return result
	}
	path := fmt.Sprintf("/proc/self/task/%d/syscall", <-thread)
	number := []byte(strconv.Itoa(blocking[op.Call]) + " ")
	for end := time.Now().Add(10 * time.Second); len(result) == 0; time.Sleep(50 * time.Microsecond) {
		// "running" unless it is blocked.
		text, err := os.ReadFile(path)
		if err == nil && bytes.HasPrefix(text, number) {
			break
		}
		if time.Now().After(end) {
			panic(fmt.Sprintf("posix: %s neither blocks nor ends: %s, %v", op, text, err))
		}
	}
	return result
}
