package farsock

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/farsock/farsock/agent/agentd/leftover"
)

func TestMain(m *testing.M) {
	leftover.Mark()
	goleak.VerifyTestMain(m, goleak.Cleanup(exitAfterCleanup))
}
