package render

import (
	"io"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func written(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var b strings.Builder
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSession(t *testing.T) {
	s := &farsockv1.Session{
		Name: "sessions/ci-42", Uid: "0123456789abcdef.s1", Identity: "uid:1000", SocketCount: 3,
		Ttl: durationpb.New(10 * time.Minute), TimeLeft: durationpb.New(9 * time.Minute),
		CreateTime: timestamppb.New(time.Unix(0, 0)), State: farsockv1.SessionState_SESSION_STATE_ACTIVE,
	}
	if got := Session(s); got != "ci-42  active  ttl 10m  9m left" {
		t.Errorf("%q", got)
	}
	sessions := func(width int) func(io.Writer) error {
		return func(w io.Writer) error {
			_, err := Sessions(w, width, []*farsockv1.Session{s})
			return err
		}
	}
	got := written(t, sessions(0))
	if got != "ID     STATE   SOCKETS  TTL  LEFT  UID\nci-42  active  3        10m  9m    0123456789abcdef.s1\n" {
		t.Errorf("%s", got)
	}
	got = written(t, sessions(25))
	if got != "ID     SOCKETS  LEFT\nci-42  3        9m\n" {
		t.Errorf("%s", got)
	}
	got = written(t, func(w io.Writer) error { return SessionDetail(w, s) })
	for _, want := range []string{"identity         uid:1000\n", "ttl              10m\n", "made             1970-01-01T00:00:00Z\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	s.State = farsockv1.SessionState_SESSION_STATE_EXPIRED
	if got := Session(s); got != "ci-42  expired  3 sockets" {
		t.Errorf("%q", got)
	}
	const ended = "name            sessions/ci-42\nuid             0123456789abcdef.s1\nidentity        uid:1000\nstate           expired\n" +
		"why             it was not renewed for 10m\nmade            1970-01-01T00:00:00Z\nclosed with it  3 sockets\n"
	if got := written(t, func(w io.Writer) error { return SessionDetail(w, s) }); got != ended {
		t.Errorf("%s", got)
	}
}

func TestAgent(t *testing.T) {
	a := &farsockv1.Agent{
		Version: "0.1.0", Hostname: "lab7", Os: "linux", Arch: "arm64", Kernel: "6.1", Pid: 7, Uid: 1000, Incarnation: "0123456789abcdef",
		Interfaces: []*farsockv1.NetworkInterface{{Name: "eth0", Mtu: 1500, Up: true, Addresses: []string{"10.0.0.7/24"}}},
		Limits: []*farsockv1.Limit{{Name: "sockets", Max: 100, Unit: "sockets", InUse: new(int64(3)), Description: "live"},
			{Name: "wait", Max: 86400, Unit: "seconds"}, {Name: "held", Max: 3 << 20, Unit: "bytes", InUse: new(int64(1025))}},
	}
	got := written(t, func(w io.Writer) error { return Agent(w, 0, a, "") })
	for _, want := range []string{
		"host         lab7\n", "system       linux/arm64 6.1\n", "process      pid 7, uid 1000\n",
		"eth0       up     1500  10.0.0.7/24\n", "sockets  3       100   live\n", "wait     -       24h   seconds\n", "held     1025B   3MiB  bytes\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}
