//go:build linux

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// patience is how long a ctl command may take before the test gives up on it;
// far above what any of them needs, since the machine may be busy.
const patience = 60 * time.Second

// user is someone who types ctl commands: a private home, configuration and
// temporary folder, so that nothing of the real user's is read or written.
type user struct {
	dir string   // immutable; also the commands' working directory
	env []string // the commands' environment; appended to by setenv before use
}

// newUser returns a user without any agent configured.
func newUser(t testing.TB) *user {
	t.Helper()
	dir, err := os.MkdirTemp(workDir, "u")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // TestMain removes what is left
	u := &user{dir: dir}
	for _, sub := range []string{"home", "tmp"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	u.env = []string{
		"PATH=" + os.Getenv("PATH"), "USER=tester", "LANG=C.UTF-8", "TZ=UTC",
		"HOME=" + filepath.Join(dir, "home"),
		"TMPDIR=" + filepath.Join(dir, "tmp"),
		"XDG_CONFIG_HOME=" + filepath.Join(dir, "home", "config"),
		"XDG_CACHE_HOME=" + filepath.Join(dir, "home", "cache"),
	}
	return u
}

// setenv sets a variable for every later command; of several the last counts.
func (u *user) setenv(name, value string) { u.env = append(u.env, name+"="+value) }

// command is `ctl ARGS...` as this user, not started.
func (u *user) command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(binaries(t).ctl, args...)
	cmd.Dir = u.dir
	cmd.Env = append([]string(nil), u.env...)
	return cmd
}

// ctl runs `ctl ARGS...` to its end.
func (u *user) ctl(t testing.TB, args ...string) result {
	t.Helper()
	return startProcess(t, u.command(t, args...)).wait(t, patience)
}

// ctlInput is ctl with input on its stdin.
func (u *user) ctlInput(t testing.TB, input string, args ...string) result {
	t.Helper()
	return u.startInput(t, input, args...).wait(t, patience)
}

// start runs `ctl ARGS...` in the background; the test's cleanup ends it.
func (u *user) start(t testing.TB, args ...string) *process {
	t.Helper()
	return startProcess(t, u.command(t, args...))
}

// startInput is start with input on its stdin.
func (u *user) startInput(t testing.TB, input string, args ...string) *process {
	t.Helper()
	cmd := u.command(t, args...)
	cmd.Stdin = strings.NewReader(input)
	return startProcess(t, cmd)
}

// result is what a process did.
type result struct {
	args           []string
	code           int // 128+n when signal n ended it
	stdout, stderr string
	took           time.Duration
}

// want fails the test unless the exit code is code, and returns the result.
func (r result) want(t testing.TB, code int) result {
	t.Helper()
	if r.code != code {
		t.Fatalf("%s: exit %d, want %d", r, r.code, code)
	}
	return r
}

// says fails the test unless text stands in stdout or stderr.
func (r result) says(t testing.TB, text string) result {
	t.Helper()
	if !strings.Contains(r.stdout, text) && !strings.Contains(r.stderr, text) {
		t.Fatalf("%s: nowhere %q", r, text)
	}
	return r
}

func (r result) String() string {
	args := append([]string{"ctl"}, r.args[1:]...)
	return "$ " + strings.Join(args, " ") + "\nstdout: " + r.stdout + "\nstderr: " + r.stderr + "\n"
}

// answer decodes the response that `-o json` printed.
func answer[M proto.Message](t testing.TB, r result, into M) M {
	t.Helper()
	if err := protojson.Unmarshal([]byte(r.stdout), into); err != nil {
		t.Fatalf("%s: not the response: %v", r, err)
	}
	return into
}

// outcome finds the outcome in whichever response `-o json` printed.
func (r result) outcome(t testing.TB) *farsockv1.Outcome {
	t.Helper()
	var holder struct {
		Outcome json.RawMessage `json:"outcome"`
	}
	if err := json.Unmarshal([]byte(r.stdout), &holder); err != nil || holder.Outcome == nil {
		t.Fatalf("%s: no outcome: %v", r, err)
	}
	o := new(farsockv1.Outcome)
	if err := protojson.Unmarshal(holder.Outcome, o); err != nil {
		t.Fatalf("%s: %v", r, err)
	}
	return o
}

// wantOutcome fails the test unless both the exit code and the outcome in the
// JSON are as given; errno "" means that none was involved.
func (r result) wantOutcome(t testing.TB, code int, class farsockv1.OutcomeCode, errno string) result {
	t.Helper()
	r.want(t, code)
	if o := r.outcome(t); o.GetCode() != class || o.GetErrnoName() != errno {
		t.Fatalf("%s: outcome %v %q, want %v %q", r, o.GetCode(), o.GetErrnoName(), class, errno)
	}
	return r
}
