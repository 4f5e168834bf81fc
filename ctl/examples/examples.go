// Package examples holds programs to read, run and copy from: scripts for
// `ctl run`, and one folder for each language that talks to an agent by stubs.
// Its tests run them all.
package examples
