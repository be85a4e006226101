package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"tidemark/internal/testkit"
	"tidemark/internal/testkit/program"
)

// slurmConfig is for a controller and two nodes on this machine.
const slurmConfig = `ClusterName=lab
SlurmctldHost=%[2]s(127.0.0.1)
SlurmctldPort=%[3]d
AuthType=auth/munge
AuthInfo=socket=%[1]s/munge.socket
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
	for _, name := range []string{"munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel"} {
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
	t.Setenv("SLURM_CONF", filepath.Join(dir, "slurm.conf"))
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
		cmd = testkit.Server(testkit.Need(s, "munged"), "--force", "--foreground", "--socket="+in("munge.socket"), "--key-file="+in("munge.key"),
			"--pid-file="+in("munge.pid"), "--log-file="+in("munge.log"), "--seed-file="+in("munge.seed"))
	case "controller":
		cmd = testkit.Server(testkit.Need(s, "slurmctld"), "-D")
	default:
		cmd = testkit.Server(testkit.Need(s, "slurmd"), "-D", "-N", name)
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

// restart ends a daemon and starts it again. A node is killed; the controller may save its state, without which it would number jobs anew
// that nodes still run, and drain these nodes until a person looks.
func (s *slurm) restart(name string) {
	s.Helper()
	how := syscall.SIGKILL
	if name == "controller" {
		how = syscall.SIGTERM
	}
	s.daemons[name].Process.Signal(how)
	s.daemons[name].Wait()
	s.start(name)
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

func (s *slurm) ask(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).Output()
	return string(out), err
}

// idle reports whether no job is there; while the controller cannot be asked, that is not known.
func (s *slurm) idle() bool {
	out, err := s.ask("squeue", "-h")
	return err == nil && strings.TrimSpace(out) == ""
}

// tasks returns the processes that do units of a lake.
func tasks(l lake) (pids []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		b, _ := os.ReadFile(file)
		if line := string(b); strings.Contains(line, l.data) && strings.Contains(line, "\x00work\x00do\x00") {
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// TestSlurm has the files of examples/slurm decode, derive and run on two nodes, while tasks and nodes are killed and the controller comes and goes.
// The data folder is that of one run on one machine.
func TestSlurm(t *testing.T) {
	s := newSlurm(t)
	l := lake{t, smallConfig(t), filepath.Join(t.TempDir(), "data")}
	alone := l
	alone.data += "-alone"
	alone.run(0, "run")
	l.run(0, "collect", "--fetch-only")
	t.Setenv("TIDEMARK_CONFIG", l.config)
	t.Setenv("TIDEMARK_DATA", l.data)
	t.Setenv("TIDEMARK_SHARDS", "4")
	killed := s.chain(l, []string{"two", "controller", "one"})
	for try := 0; !published(l); try++ { // the controller may have lost what it was just told
		if try == 5 {
			t.Fatal("the chain does not come to its end")
		}
		s.chain(l, nil)
	}
	program.Same(t, "the lake of Slurm", program.Hashes(t, l.data), program.Hashes(t, alone.data))
	l.vouched()
	if killed == 0 {
		t.Error("no kill met a task")
	}
	t.Logf("%d tasks killed", killed)
}

func published(l lake) bool {
	_, err := os.Stat(filepath.Join(l.data, "site", "index.html"))
	return err == nil
}

// chain submits the coordinator, waits until no job is left, and meanwhile kills tasks, and the daemons in turn.
func (s *slurm) chain(l lake, daemons []string) (killed int) {
	s.Helper()
	submit := exec.Command("sbatch", "coordinate.sbatch")
	submit.Dir = filepath.Join(s.dir, "jobs") // where the jobs write what they print
	if err := os.CopyFS(submit.Dir, os.DirFS(filepath.Join("..", "..", "..", "examples", "slurm"))); err != nil && !errors.Is(err, fs.ErrExist) {
		s.Fatal(err)
	}
	eventually(s.T, "submitting", func() bool {
		cmd := *submit
		out, err := cmd.CombinedOutput()
		if err != nil {
			s.Logf("%v\n%s", err, out)
		}
		return err == nil
	})
	const maxKills = 6
	eventually(s.T, "the jobs", func() bool {
		if pids := tasks(l); daemons != nil && killed < maxKills && len(pids) > 0 {
			if syscall.Kill(pids[0], syscall.SIGKILL) == nil {
				killed++
			}
			if len(daemons) > 0 {
				s.restart(daemons[0])
				daemons = daemons[1:]
			}
		}
		return s.idle()
	})
	return killed
}
