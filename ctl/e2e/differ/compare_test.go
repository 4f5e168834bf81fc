//go:build linux

package differ

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/farsock/farsock/ctl/e2e/posix"
)

// delay is how long two sides that look alike may still wait for the same
// packet; where nothing comes (a full window) they are alike after it.
const delay = 300 * time.Millisecond

// settling is how long two sides may take to look alike.
const settling = 2 * time.Second

// step executes one operation on both sides and says how they differ; "" is
// not at all. It returns the direct side's result.
func (p pair) step(op posix.Op) (posix.Result, string) {
	direct := make(chan posix.Result, 1)
	if op.Block || op.Call == posix.Join {
		go func() { direct <- p.direct.Do(op) }()
	} else {
		direct <- p.direct.Do(op)
	}
	agent := p.agent.Do(op)
	want := <-direct
	if err := posix.Settle(); err != nil {
		return want, err.Error()
	}
	if op.Refused != (posix.Refusal{}) {
		return want, refusedAs(op, agent)
	}
	if diff := posix.Diff(want, agent); diff != "" {
		return want, fmt.Sprintf("%s\n\t%s", op, diff)
	}
	return want, p.states(op)
}

// refusedAs says how an answer differs from the refusal that the table names.
func refusedAs(op posix.Op, got posix.Result) string {
	is := got.Refused
	if is == (posix.Refusal{}) {
		is.Code = got.Errno
	}
	if is.Code == op.Refused.Code && is.Field == op.Refused.Field && op.Refused.Why != "" {
		return ""
	}
	return fmt.Sprintf("%s\n\tagent %+v, which is not the refusal of the table", op, got)
}

// states compares all sockets, for as long as they may still settle.
func (p pair) states(after posix.Op) string {
	for begin := time.Now(); ; time.Sleep(time.Millisecond) {
		diff, atRest := p.look()
		if diff == "" && (atRest || time.Since(begin) > delay) {
			return ""
		}
		if diff != "" && time.Since(begin) > settling {
			return fmt.Sprintf("after %s\n\t%s", after, diff)
		}
	}
}

// look compares all sockets as they are now, and says whether no packet is to
// come on either side. It leaves out those on which an operation waits: a
// receive that waits for all has taken bytes from the kernel, of which an agent
// still says that they are there. Where one takes bytes it has to have taken
// those that came.
func (p pair) look() (diff string, atRest bool) {
	atRest = true
	if d, a := p.direct.Live(), p.agent.Live(); !slices.Equal(d, a) {
		return fmt.Sprintf("open sockets: kernel %v, agent %v", d, a), false
	}
	states, err := p.agent.States()
	if err != nil {
		return err.Error(), false
	}
	for _, n := range p.direct.Live() {
		if p.agent.waiting(n) {
			atRest = atRest && !(p.agent.gathers[n] && p.direct.State(n).InQueue+states[n].InQueue > 0)
			continue
		}
		direct := p.direct.State(n)
		if diff := posix.Diff(direct, states[n]); diff != "" {
			return fmt.Sprintf("state of %d: %s", n, diff), false
		}
		atRest = atRest && direct.AtRest()
	}
	return "", atRest
}

// finish is a last look at every socket that is open.
func (p pair) finish() []posix.Op {
	var ops []posix.Op
	for _, n := range p.agent.own() {
		ops = append(ops, posix.Finish(n, p.agent.socket(n).typ)...)
	}
	return ops
}

// reset begins a new case on both sides.
func (p pair) reset() {
	p.direct.Reset()
	p.agent.Reset()
	for _, folder := range []string{p.direct.Folder(), p.agent.names.Folder} {
		files, err := filepath.Glob(folder + "/*")
		for _, f := range files {
			err = errors.Join(err, os.Remove(f))
		}
		if err != nil {
			panic(err)
		}
	}
}
