// Package wire is what both ends of farsock.v1 agree on beyond the generated
// code: resource names, status errors, limits, the text form of addresses, and
// the words for TCP states and options.
package wire
