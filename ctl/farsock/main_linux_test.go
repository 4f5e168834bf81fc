package farsock

import (
	"flag"
	"testing"

	"go.uber.org/goleak"

	"github.com/farsock/farsock/agent/agentd/leftover"
)

func TestMain(m *testing.M) {
	leftover.Mark()
	// They wait more than they work; a flag given by hand still counts.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(exitAfterCleanup))
}
