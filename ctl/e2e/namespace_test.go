//go:build linux

package e2e

import (
	"fmt"
	"net"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// dialIn connects from inside a network namespace ("" for the test's own). The
// connection then works from any goroutine: a socket stays where it was made.
func dialIn(namespace, network, address string) (net.Conn, error) {
	if namespace == "" {
		return net.Dial(network, address)
	}
	type dialed struct {
		conn net.Conn
		err  error
	}
	answer := make(chan dialed)
	go func() {
		c, err := dialLocked(namespace, network, address)
		answer <- dialed{c, err}
	}()
	d := <-answer
	return d.conn, d.err
}

// dialLocked does it on a thread that it moves there and back. The thread has to
// survive: children started from it would be killed with it (Pdeathsig).
func dialLocked(namespace, network, address string) (conn net.Conn, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return nil, err
	}
	defer func() { _ = home.Close() }()
	there, err := os.Open("/run/netns/" + namespace)
	if err != nil {
		return nil, err
	}
	defer func() { _ = there.Close() }()
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("enter %s: %w", namespace, err)
	}
	conn, err = net.Dial(network, address)
	if back := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); back != nil {
		panic(fmt.Errorf("leave %s: %w", namespace, back))
	}
	return conn, err
}
