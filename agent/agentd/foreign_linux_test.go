package agentd

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/creds"
	"github.com/farsock/farsock/proto/wire"
)

const (
	nobody  = 65534
	someGID = 54321
)

// verdict is what another user's call came to.
type verdict struct {
	Code, Reason, Rule, Message string
	Identity                    string // of the session that was made
	Session                     string
	Foreign                     string // the code for the session in FARSOCK_TEST_SESSION
}

// helper is the test program as another user runs it: it makes a session and
// prints what came of it, and with FARSOCK_TEST_HOLD keeps its connection.
func helper(path string) int {
	var v verdict
	conn, err := grpc.NewClient("unix://"+path, grpc.WithTransportCredentials(creds.Client()))
	if err != nil {
		return 1
	}
	defer conn.Close()
	sessions := farsockv1.NewSessionServiceClient(conn)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	resp, err := sessions.CreateSession(ctx, &farsockv1.CreateSessionRequest{})
	v.Code, v.Message = status.Code(err).String(), status.Convert(err).Message()
	if info, ok := wire.InfoOf(err); ok {
		v.Reason, v.Rule = wire.ReasonName(info.Reason), info.Metadata["rule"]
	}
	v.Identity, v.Session = resp.GetSession().GetIdentity(), resp.GetSession().GetName()
	if foreign := os.Getenv("FARSOCK_TEST_SESSION"); foreign != "" {
		_, err := sessions.GetSession(ctx, &farsockv1.GetSessionRequest{Name: foreign})
		v.Foreign = status.Code(err).String()
	}
	if json.NewEncoder(os.Stdout).Encode(v) != nil {
		return 1
	}
	if os.Getenv("FARSOCK_TEST_HOLD") != "" {
		time.Sleep(time.Hour) // until it is killed
	}
	return 0
}

// asNobody runs helper as another user with the given groups.
func asNobody(t *testing.T, path, session string, gid uint32, groups ...uint32) verdict {
	t.Helper()
	// The test program stands in a folder of root's; a copy does not.
	self, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	program := filepath.Join(filepath.Dir(agentBinary(t)), "helper")
	if _, err := os.Stat(program); err != nil {
		must(t, os.WriteFile(program, self, 0o755))
	}
	cmd := exec.Command(program)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "FARSOCK_TEST_HELPER="+path, "FARSOCK_TEST_SESSION="+session)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: gid, Groups: groups}}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("helper: %v %s", err, out)
	}
	var v verdict
	must(t, json.Unmarshal(out, &v))
	return v
}

// publicDir is a folder that another user can reach.
func publicDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "agentd-public-")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o755))
	return dir
}

func TestForeignUserIsRefused(t *testing.T) {
	asRoot(t)
	path := filepath.Join(publicDir(t), "a.sock")
	p := serving(t, path)
	// The socket's mode alone keeps others out ...
	if v := asNobody(t, path, "", nobody); v.Code != codes.Unavailable.String() {
		t.Errorf("through mode 0600: %+v", v)
	}
	// ... and where it does not, the kernel's word for the peer does.
	must(t, os.Chmod(path, 0o666))
	v := asNobody(t, path, "", nobody)
	if v.Code != codes.PermissionDenied.String() || v.Reason != "POLICY_DENIED" || v.Rule != "default" {
		t.Errorf("%+v", v)
	}
	contains(t, v.Message, "uid 0 alone", "you are uid 65534")
	contains(t, p.stderr.String(), "event=deny", "who=uid:65534", "rule=default")
}

func TestAllowGroup(t *testing.T) {
	asRoot(t)
	path := filepath.Join(publicDir(t), "a.sock")
	p := serving(t, path, "--allow-group", "54321")
	// The mode is set between bind(2) and the first answer.
	own, err := dial(t, path).sessions.CreateSession(t.Context(), &farsockv1.CreateSessionRequest{})
	must(t, err)
	info, err := os.Stat(path)
	must(t, err)
	if stat := info.Sys().(*syscall.Stat_t); info.Mode().Perm() != 0o660 || stat.Gid != someGID {
		t.Errorf("mode %04o gid %d, want 0660 and %d", info.Mode().Perm(), stat.Gid, someGID)
	}

	// A member, by a primary or a supplementary group, acts as itself, and the
	// sessions of others do not exist for it.
	for name, v := range map[string]verdict{
		"supplementary": asNobody(t, path, own.GetSession().GetName(), nobody, someGID, 7),
		"primary":       asNobody(t, path, own.GetSession().GetName(), someGID),
	} {
		if v.Code != codes.OK.String() || v.Identity != "uid:65534" || v.Foreign != codes.NotFound.String() {
			t.Errorf("%s: %+v", name, v)
		}
	}
	must(t, os.Chmod(path, 0o666))
	if v := asNobody(t, path, "", nobody, 7, 8); v.Code != codes.PermissionDenied.String() {
		t.Errorf("not a member: %+v", v)
	}
	p.signal(t, syscall.SIGTERM)
	p.exitCode(t)
}
