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
	if err := os.Setenv(runMark[0], runMark[1]); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { os.Exit(noProcesses(code)) }))
}
