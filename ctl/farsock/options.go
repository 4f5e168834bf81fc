package farsock

import (
	"context"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"time"
)

// Option changes how Dial connects.
type Option func(*options)

type options struct {
	ssh     []string
	stderr  io.Writer
	dial    dialFunc
	slack   time.Duration // leaseSlack, but in tests
	silence time.Duration // silentSlack, but in tests
}

func newOptions(opts []Option) options {
	o := options{ssh: strings.Fields(os.Getenv("FARSOCK_SSH")), slack: leaseSlack, silence: silentSlack}
	for _, f := range opts {
		f(&o)
	}
	if len(o.ssh) == 0 {
		o.ssh = []string{"ssh"}
	}
	return o
}

// WithSSH replaces the command that ssh:// runs, its options included. The
// default is $FARSOCK_SSH, split at white space, else "ssh".
func WithSSH(command []string) Option {
	return func(o *options) { o.ssh = slices.Clone(command) }
}

// WithStderr copies to w what ssh writes to its standard error, as it comes.
// w is written by one goroutine at a time, until Client.Close returns. The
// default is to keep only the last lines, for the error.
func WithStderr(w io.Writer) Option {
	return func(o *options) { o.stderr = w }
}

// WithDialer makes connections by dial rather than by the endpoint, which then
// only serves as a name in errors. dial may be called again, from any
// goroutine, when a connection broke.
func WithDialer(dial func(ctx context.Context) (net.Conn, error)) Option {
	return func(o *options) { o.dial = dial }
}
