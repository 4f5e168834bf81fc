// Package differ compares an agent with the kernel: the operations of
// ctl/e2e/posix, executed by a separate agent process through the SDK, have to
// answer what the same system calls answer to a local program, and leave the
// sockets in the same state.
//
// Both sides live in network namespaces of their own that look alike, so that
// fixed ports, names and addresses compare literally.
package differ
