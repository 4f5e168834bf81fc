//go:build linux

package sock

import (
	"context"

	"golang.org/x/sys/unix"
)

// Bind is bind(2), after resolving a name. The stage is StageResolve or
// StageBind when not Done, else 0. A unix path that it created is unlinked by
// Close, if it still is the same file.
func (s *Socket) Bind(ctx context.Context, a Address, w Wait) (Outcome, Stage, error) {
	c := w.begin(ctx, 0)
	defer c.end()
	return s.bind(c, a)
}

func (s *Socket) bind(c *clock, a Address) (Outcome, Stage, error) {
	sa, addr, out, err := s.lookup(c, a)
	if err != nil || !out.OK() {
		return out, StageResolve, err
	}
	if err := s.authorize(c.ctx, OpBind, addr); err != nil {
		return Outcome{}, StageBind, err
	}
	errno, err := s.call(func(fd int) unix.Errno { return sysBind(fd, sa) })
	if err != nil {
		return Outcome{}, StageBind, err
	}
	if errno != 0 {
		out = answered("bind", errno)
		out.Local = &addr
		return out, StageBind, nil
	}
	s.chosen.bound(addr.Port)
	if s.family == Unix && addr.Path != "" {
		s.own(addr.Path)
	}
	return done(), 0, nil
}

func (s *Socket) authorize(ctx context.Context, op Op, a Address) error {
	return s.env.authorize(ctx, Access{Op: op, Family: s.family, Type: s.typ, Protocol: s.proto, Namespace: s.netns, Address: a})
}

// Listen is listen(2); the backlog is handed over unchanged. On an unbound inet
// socket the kernel then binds to any address and a port of its choice, which
// Authorize is asked about first.
func (s *Socket) Listen(ctx context.Context, backlog int) (Outcome, error) {
	if s.family != Unix {
		local, err := s.local()
		if err != nil {
			return Outcome{}, err
		}
		if local != nil && s.isTCP() && s.chosen.gone() && s.tcpState() == tcpClose {
			local.Port = 0
		}
		if local != nil && local.Port == 0 {
			if err := s.authorize(ctx, OpBind, *local); err != nil {
				return Outcome{}, err
			}
		}
	}
	errno, err := s.call(func(fd int) unix.Errno { return errnoOf(unix.Listen(fd, backlog)) })
	if err != nil {
		return Outcome{}, err
	}
	if errno == 0 {
		s.chosen.use()
	}
	return answered("listen", errno), nil
}

// local is getsockname(2); nil if there is no name.
func (s *Socket) local() (*Address, error) { return s.name(unix.SYS_GETSOCKNAME) }

// peer is getpeername(2); nil if there is none.
func (s *Socket) peer() (*Address, error) { return s.name(unix.SYS_GETPEERNAME) }

func (s *Socket) name(number uintptr) (*Address, error) {
	var sa *sockaddr
	errno, err := s.call(func(fd int) (e unix.Errno) {
		sa, e = sysName(number, fd)
		return e
	})
	if err != nil || errno != 0 {
		return nil, err
	}
	return s.address(sa), nil
}
