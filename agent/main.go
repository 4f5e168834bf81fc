// Command agent owns the sockets of one test host; see agentd.
package main

import (
	"os"

	"github.com/farsock/farsock/agent/agentd"
)

func main() {
	os.Exit(agentd.Main(os.Args[1:], agentd.Env{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv}))
}
