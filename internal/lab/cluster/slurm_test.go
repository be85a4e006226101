package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"tidemark/internal/testkit"
)

// slurmConfig is for a controller and two nodes on this machine.
const slurmConfig = `ClusterName=lab
SlurmctldHost=%[2]s(127.0.0.1)
SlurmctldPort=%[3]d
AuthType=auth/munge
AuthInfo=socket=%[1]s/munge.socket,cred_expire=5
SlurmUser=root
StateSaveLocation=%[1]s/state
SlurmdSpoolDir=%[1]s/spool-%%n
SlurmctldPidFile=%[1]s/slurmctld.pid
SlurmdPidFile=%[1]s/slurmd-%%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MailProg=/bin/true
ReturnToService=2
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,bf_interval=1
SlurmdParameters=config_overrides
NodeName=one NodeHostname=%[2]s NodeAddr=127.0.0.1 Port=%[4]d CPUs=4 RealMemory=8192
NodeName=two NodeHostname=%[2]s NodeAddr=127.0.0.1 Port=%[5]d CPUs=4 RealMemory=8192
PartitionName=all Nodes=ALL Default=YES State=UP MaxTime=10
`

// slurm is a controller and two nodes.
type slurm struct {
	*testing.T
	dir     string
	daemons map[string]*exec.Cmd
}

func newSlurm(t *testing.T) *slurm {
	t.Helper()
	testkit.NeedRoot(t, "starting jobs")
	for _, name := range []string{"munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol", "sinfo"} {
		testkit.Need(t, name)
	}
	dir, err := os.MkdirTemp("", "slurm-") // paths of sockets are short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	host, _, _ = strings.Cut(host, ".")
	config := fmt.Sprintf(slurmConfig, dir, host, testkit.FreePort(t), testkit.FreePort(t), testkit.FreePort(t))
	if err := errors.Join(os.Chmod(dir, 0o755), os.Mkdir(filepath.Join(dir, "state"), 0o755),
		os.WriteFile(filepath.Join(dir, "slurm.conf"), []byte(config), 0o644),
		os.WriteFile(filepath.Join(dir, "munge.key"), []byte(strings.Repeat("not a secret ", 20)), 0o600)); err != nil {
		t.Fatal(err)
	}
	s := &slurm{t, dir, map[string]*exec.Cmd{}}
	t.Cleanup(s.end)
	s.start("munge")
	eventually(s.T, "munge", func() bool { _, err := os.Stat(filepath.Join(dir, "munge.socket")); return err == nil })
	for _, name := range []string{"controller", "one", "two"} {
		s.start(name)
	}
	eventually(s.T, "the nodes", func() bool {
		out, _ := s.ask("sinfo", "-h", "-t", "idle", "-o", "%D")
		return strings.TrimSpace(out) == "2"
	})
	return s
}

// start starts a daemon: munge, the controller, or the slurmd of a node.
func (s *slurm) start(name string) {
	s.Helper()
	in := func(file string) string { return filepath.Join(s.dir, file) }
	var cmd *exec.Cmd
	switch name {
	case "munge":
		cmd = s.command("munged", "--force", "--foreground", "--socket="+in("munge.socket"), "--key-file="+in("munge.key"),
			"--pid-file="+in("munge.pid"), "--log-file="+in("munge.log"), "--seed-file="+in("munge.seed"))
	case "controller":
		cmd = s.command("slurmctld", "-D")
	default:
		cmd = s.command("slurmd", "-D", "-N", name)
	}
	log, err := os.OpenFile(in(name+".out"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		s.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		s.Fatal(err)
	}
	s.daemons[name] = cmd
}

func (s *slurm) end() {
	s.ask("scancel", "--user=root")
	for _, name := range []string{"one", "two", "controller", "munge"} {
		if cmd := s.daemons[name]; cmd != nil {
			cmd.Process.Signal(syscall.SIGTERM)
			cmd.Wait()
		}
		if out, err := os.ReadFile(filepath.Join(s.dir, name+".out")); err == nil && s.Failed() {
			s.Logf("%s:\n%s", name, out[max(0, len(out)-2000):])
		}
	}
}

// command returns a program of Slurm. Its own daemons have no other place for the path of their configuration either.
func (s *slurm) command(name string, args ...string) *exec.Cmd {
	cmd := testkit.Server(testkit.Need(s, name), args...)
	cmd.Env = append(os.Environ(), "SLURM_CONF="+filepath.Join(s.dir, "slurm.conf"))
	return cmd
}

func (s *slurm) ask(name string, args ...string) (string, error) {
	out, err := s.command(name, args...).Output()
	return string(out), err
}

// idle reports whether no job is there; while the controller cannot be asked, that is not known.
func (s *slurm) idle() bool {
	out, err := s.ask("squeue", "-h")
	return err == nil && strings.TrimSpace(out) == ""
}

// TestSlurm has the files of examples/slurm decode, derive and run over an S3 server, on two nodes. The bucket and the site are those of one machine.
func TestSlurm(t *testing.T) {
	t.Parallel()
	s := newSlurm(t)
	newTrial(t).drive(s)
}

// submit submits the coordinator, which is done when no job is left.
func (s *slurm) submit(t *trial) (ended func() bool) {
	s.Helper()
	jobs := filepath.Join(s.dir, "jobs") // where the jobs write what they print
	if err := os.CopyFS(jobs, os.DirFS(filepath.Join("..", "..", "..", "examples", "slurm"))); err != nil && !errors.Is(err, fs.ErrExist) {
		s.Fatal(err)
	}
	eventually(s.T, "submitting", func() bool {
		cmd := s.command("sbatch", "coordinate.sbatch")
		cmd.Dir = jobs
		cmd.Env = append(cmd.Env, "PATH="+t.twins+":"+os.Getenv("PATH"), "TIDEMARK_CONFIG="+t.config, "TIDEMARK_DATA="+t.data, "TIDEMARK_SHARDS=8")
		out, err := cmd.CombinedOutput()
		if err != nil {
			s.Logf("%v\n%s", err, out)
		}
		return err == nil
	})
	return s.idle
}

// loseWorker kills a node with all that it runs, and starts it again when the controller has been told: it would notice by itself after minutes.
func (s *slurm) loseWorker(t *trial) {
	s.Helper()
	name := []string{"one", "two"}[t.random.IntN(2)]
	s.daemons[name].Process.Kill()
	s.daemons[name].Wait()
	for _, task := range processes(t.lake, "do") {
		environment, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", task))
		if strings.Contains(string(environment), "\x00SLURMD_NODENAME="+name+"\x00") {
			killStep(task)
		}
	}
	s.ask("scontrol", "update", "nodename="+name, "state=down", "reason=lost")
	s.start(name)
}

// killStep kills a task with what started it, up to the process of Slurm that watches the step.
func killStep(task int) {
	var step []int
	for pid := task; pid > 1; {
		step = append(step, pid)
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if strings.HasPrefix(string(status), "Name:\tslurmstepd\n") {
			slices.Reverse(step)
			for _, one := range step {
				syscall.Kill(one, syscall.SIGKILL)
			}
			return
		}
		_, parent, _ := strings.Cut(string(status), "\nPPid:\t")
		parent, _, _ = strings.Cut(parent, "\n")
		pid, _ = strconv.Atoi(parent)
	}
}

// loseCoordinator ends the controller and starts it again. It may save its state, without which it would number jobs anew that nodes still run, and
// drain these nodes until a person looks.
func (s *slurm) loseCoordinator(*trial) {
	s.Helper()
	s.daemons["controller"].Process.Signal(syscall.SIGTERM)
	s.daemons["controller"].Wait()
	s.start("controller")
}
