package cli

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/farsock/farsock/agent/agentd/leftover"
)

// asProcess makes the test binary be ctl.
const asProcess = "FARSOCK_TEST_AS_CTL"

func TestMain(m *testing.M) {
	if os.Getenv(asProcess) != "" {
		os.Exit(Process())
	}
	leftover.Mark()
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { os.Exit(leftover.Judge(code)) }))
}
