package ipv6_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tidemark/internal/testkit"
)

// inNamespace runs the calling test or benchmark again in a network namespace of its own, in which every address of 60.0.0.0/8, 45.80.0.0/16
// and 2a0f::/16 is local and packets to 2a0e:dead::/32 are lost. It reports whether it was called inside the namespace.
func inNamespace(t testing.TB, programs ...string) bool {
	t.Helper()
	const mark = "TIDEMARK_TEST_NAMESPACE"
	if os.Getenv(mark) == t.Name() {
		sh(t, `ip link set lo up
sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 net.ipv6.ip_nonlocal_bind=1
ip route add local 60.0.0.0/8 dev lo
ip route add local 45.80.0.0/16 dev lo
ip -6 route add local 2a0f::/16 dev lo
ip addr add 60.0.0.1/32 dev lo
ip -6 addr add 2a0f::1/128 dev lo nodad
ip link add hole type veth peer name end
ip link set hole up
ip link set end up
ip -6 route add 2a0e:dead::/32 dev hole`)
		for i := range 4 {
			sh(t, fmt.Sprintf("ip -6 neigh add 2a0e:dead::%d lladdr 02:00:00:00:00:01 nud permanent dev hole", i+1))
		}
		return true
	}
	testkit.NeedRoot(t, "a network namespace")
	for _, program := range append(programs, "ip", "sysctl") {
		testkit.Need(t, program)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"-test.run=^" + t.Name() + "$", "-test.v", "-test.timeout=150s"}
	if _, is := t.(*testing.B); is {
		args = []string{"-test.run=^$", "-test.bench=^" + t.Name() + "$", "-test.benchtime=1x", "-test.v", "-test.timeout=2h"}
	}
	for _, a := range os.Args { // profiles and the like are for the child
		if strings.HasPrefix(a, "-test.memprofile") || strings.HasPrefix(a, "-test.cpuprofile") {
			args = append(args, a)
		}
	}
	c := exec.Command(self, args...)
	c.Env = append(os.Environ(), mark+"="+t.Name())
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if _, is := t.(*testing.B); is { // whose log is cut after ten lines
		c.Stdout, c.Stderr = os.Stdout, os.Stderr
		if err := c.Run(); err != nil {
			t.Errorf("in the namespace: %v", err)
		}
		return false
	}
	out, err := c.CombinedOutput()
	t.Logf("in the namespace:\n%s", out)
	if err != nil {
		t.Errorf("in the namespace: %v", err)
	}
	return false
}

func sh(t testing.TB, script string) {
	t.Helper()
	if out, err := exec.Command("sh", "-e", "-c", script).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, script)
	}
}

// run starts a server; stop ends it, and the test's end does.
func run(t testing.TB, command ...string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) } // its workers too
	c.WaitDelay = time.Second
	var log strings.Builder
	c.Stdout, c.Stderr = &log, &log
	if err := c.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	stopped := false
	stop = func() {
		if !stopped {
			cancel()
			c.Wait()
			stopped = true
		}
	}
	t.Cleanup(func() {
		stop()
		if t.Failed() {
			t.Logf("%s:\n%s", strings.Join(command, " "), log.String())
		}
	})
	return stop
}

// file writes a file of a server.
func file(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// eventually waits for something to be true.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for range 200 {
		if is() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("it did not come about: %s", what)
}
