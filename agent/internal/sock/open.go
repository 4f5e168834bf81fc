//go:build linux

package sock

import (
	"context"

	"golang.org/x/sys/unix"
)

// Open makes a socket and does the stages of spec in POSIX order within one
// wait. It returns nil for the socket if the outcome is not Done, unless
// spec.KeepOnFailure, or if the error is not nil. Whoever gets the socket
// closes it. Errors: Authorize's, *RangeError, *ArgumentError, ErrClosed if the
// poller is.
func Open(ctx context.Context, env *Env, spec Spec, w Wait) (*Socket, OpenResult, error) {
	c := w.begin(ctx, 0)
	defer c.end()
	s, out, err := create(env, spec)
	if s == nil {
		return nil, OpenResult{Outcome: out, Stage: StageSocket, OptionIndex: -1}, err
	}
	res, err := s.stages(c, spec)
	if err != nil || !res.Outcome.OK() && !spec.KeepOnFailure {
		// Its own outcome says nothing about the stage's.
		_, _ = s.Close(context.WithoutCancel(ctx), false)
		s = nil
	}
	return s, res, err
}

func create(env *Env, spec Spec) (*Socket, Outcome, error) {
	domain, ok := map[Family]int{Inet: unix.AF_INET, Inet6: unix.AF_INET6, Unix: unix.AF_UNIX}[spec.Family]
	if !ok {
		return nil, Outcome{}, &ArgumentError{Field: "family", Reason: "is unknown"}
	}
	typ, ok := map[Type]int{Stream: unix.SOCK_STREAM, Datagram: unix.SOCK_DGRAM, Seqpacket: unix.SOCK_SEQPACKET}[spec.Type]
	if !ok {
		return nil, Outcome{}, &ArgumentError{Field: "type", Reason: "is unknown"}
	}
	var fd int
	var err error
	out := inNamespace(spec.Namespace, func() {
		fd, err = unix.Socket(domain, typ|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, spec.Protocol)
	})
	if !out.OK() {
		return nil, out, nil
	}
	if err != nil {
		return nil, answered("socket", errnoOf(err)), nil
	}
	s, err := newSocket(env, fd, spec.Family, spec.Type, spec.Protocol)
	if err != nil {
		return nil, Outcome{}, err
	}
	s.netns = spec.Namespace
	return s, done(), nil
}

func (s *Socket) stages(c *clock, spec Spec) (OpenResult, error) {
	res := OpenResult{Outcome: done(), OptionIndex: -1}
	err := s.CheckOptions(spec.Options)
	if err != nil {
		return res, err
	}
	for i, o := range spec.Options {
		if _, res.Outcome, err = s.SetOption(o); err != nil || !res.Outcome.OK() {
			res.Stage, res.OptionIndex = StageOption, i
			return res, err
		}
	}
	if spec.Bind != nil {
		if res.Outcome, res.Stage, err = s.bind(c, *spec.Bind); err != nil || !res.Outcome.OK() {
			return res, err
		}
	}
	if spec.Listen != nil {
		if res.Outcome, err = s.Listen(c.ctx, *spec.Listen); err != nil || !res.Outcome.OK() {
			res.Stage = StageListen
			return res, err
		}
	}
	if spec.Connect != nil {
		c.timeo = durationOf(&s.sendTimeout, c.wait)
		res.Outcome, res.Stage, err = s.connect(c, *spec.Connect)
	}
	return res, err
}
