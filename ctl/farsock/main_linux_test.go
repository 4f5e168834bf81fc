package farsock

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if err := os.Setenv(runMark[0], runMark[1]); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(exitAfterCleanup))
}
