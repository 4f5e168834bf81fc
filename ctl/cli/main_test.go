package cli

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// asProcess makes the test binary be ctl.
const asProcess = "FARSOCK_TEST_AS_CTL"

func TestMain(m *testing.M) {
	if os.Getenv(asProcess) != "" {
		os.Exit(Process())
	}
	goleak.VerifyTestMain(m)
}
