package agentd

import (
	"fmt"

	"golang.org/x/sys/unix"
)

const (
	// ownDescriptors is kept for what the agent needs beside sockets and
	// connections: listeners, poller, logs, what looks at the host.
	ownDescriptors = 64
	// defaultConnections, defaultSockets and defaultSocketsPerSession hold where
	// the process may have enough descriptors.
	defaultConnections       = 512
	defaultSockets           = 65536
	defaultSocketsPerSession = 16384
)

// fitDescriptors fills in the bounds that cost descriptors so that sockets can
// never use up those of the control plane: whoever is at the bound hears
// LIMIT_EXCEEDED, can still connect, and can close what takes the room. A bound
// that was asked for and does not fit is a *ConfigError.
func (l *Limits) fitDescriptors(descriptors int) error {
	// Half for each at worst; a connection's room is not a socket's. Those that
	// are one too many cost descriptors as well, until they were told.
	connections := descriptors/2 - min(ownDescriptors, descriptors/4) - maxOver
	if err := fit(&l.Connections, defaultConnections, connections, "--max-connections", descriptors); err != nil {
		return err
	}
	reserve := min(l.Connections+maxOver+ownDescriptors, descriptors/2)
	sockets := descriptors - reserve
	if err := fit(&l.Sockets, defaultSockets, sockets, "--max-sockets", descriptors); err != nil {
		return err
	}
	return fit(&l.SocketsPerSession, min(defaultSocketsPerSession, l.Sockets), sockets, "--max-sockets-per-session", descriptors)
}

// fit sets a bound to what is usual or, if that is less, to what there can be.
func fit(bound *int, usual, most int, flag string, descriptors int) error {
	if *bound == 0 {
		*bound = min(usual, most)
	}
	if *bound > most {
		return &ConfigError{Flag: flag, Err: fmt.Errorf(
			"%d is not in 1 to %d, which is what the %d descriptors of this process (ulimit -n) allow beside its other needs",
			*bound, most, descriptors)}
	}
	return nil
}

// descriptorLimit is how many descriptors this process may have. Go has raised
// it to what the system allows when the process started.
func descriptorLimit() (int, error) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0, fmt.Errorf("getrlimit: %w", err)
	}
	const plenty = 1 << 30 // also for "unlimited"
	return int(min(limit.Cur, plenty)), nil
}
