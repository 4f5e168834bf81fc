// Package e2e drives the two real programs, ctl and agent, against each other:
// every test here runs processes, and no part of ours is replaced.
//
// README.md is the table of what these tests claim. A test needs no set-up: it
// builds both programs once, makes its own network namespaces, folders and
// agents, and removes them; TestMain fails the run if anything is left.
package e2e
