// Command ctl makes and uses sockets on other machines.
package main

import (
	"os"

	"github.com/farsock/farsock/ctl/cli"
)

func main() { os.Exit(cli.Process()) }
