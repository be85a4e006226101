//go:build spark

package cluster

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"tidemark/internal/testkit"
)

// sparkConfig keeps the processes of Spark small. The master finds its workers and applications again when it is started again.
const sparkConfig = `spark.ui.enabled false
spark.driver.memory 512m
spark.executor.memory 512m
spark.executor.cores 1
spark.driver.extraJavaOptions %[1]s
spark.executor.extraJavaOptions %[1]s
spark.deploy.recoveryMode FILESYSTEM
spark.deploy.recoveryDirectory %[2]s/recovery
`

const smallJVM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"

// spark is a standalone master and two workers on loopback.
type spark struct {
	*testing.T
	bin, dir, master, web string
	daemons               map[string]*exec.Cmd
	driver                *exec.Cmd
}

func newSpark(t *testing.T) *spark {
	t.Helper()
	s := &spark{t, filepath.Join(testkit.Spark(t), "bin"), t.TempDir(), testkit.FreeAddress(t), testkit.FreeAddress(t), map[string]*exec.Cmd{}, nil}
	config := fmt.Sprintf(sparkConfig, smallJVM, s.dir)
	if err := os.WriteFile(filepath.Join(s.dir, "spark-defaults.conf"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.end)
	for _, name := range []string{"master", "one", "two"} {
		s.start(name)
	}
	eventually(t, "two workers", func() bool { return s.workers() == 2 })
	return s
}

// command returns a program of Spark as a process that leads its group, so that it can be killed with all that it starts.
func (s *spark) command(log, name string, args ...string) *exec.Cmd {
	s.Helper()
	cmd := testkit.Server(filepath.Join(s.bin, name), args...)
	cmd.Env = append(os.Environ(), "SPARK_CONF_DIR="+s.dir, "SPARK_LOCAL_IP=127.0.0.1", "SPARK_DAEMON_MEMORY=256m", "SPARK_DAEMON_JAVA_OPTS="+smallJVM,
		"PYSPARK_PYTHON="+filepath.Join(s.bin, "python"), "PATH="+s.bin+":"+os.Getenv("PATH"))
	cmd.SysProcAttr.Setpgid = true
	out, err := os.OpenFile(filepath.Join(s.dir, log+".out"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { out.Close() })
	cmd.Stdout, cmd.Stderr = out, out
	return cmd
}

// start starts the master or a worker.
func (s *spark) start(name string) {
	s.Helper()
	host, port, _ := net.SplitHostPort(s.master)
	_, web, _ := net.SplitHostPort(s.web)
	args := []string{"org.apache.spark.deploy.master.Master", "--host", host, "--port", port, "--webui-port", web}
	if name != "master" {
		args = []string{"org.apache.spark.deploy.worker.Worker", "--host", host, "--cores", "1", "--memory", "1g", "--webui-port", "0",
			"--work-dir", filepath.Join(s.dir, name), "spark://" + s.master}
	}
	cmd := s.command(name, "spark-class", args...)
	if err := cmd.Start(); err != nil {
		s.Fatal(err)
	}
	s.daemons[name] = cmd
}

// restart kills a daemon, a worker with its executor, and starts it again.
func (s *spark) restart(name string) {
	s.Helper()
	kill(s.daemons[name])
	s.start(name)
}

func kill(cmd *exec.Cmd) {
	syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	cmd.Wait()
}

// end ends the daemons, and says what they said where the test failed.
func (s *spark) end() {
	for _, name := range []string{"one", "two", "master"} {
		if s.daemons[name] != nil {
			kill(s.daemons[name])
		}
	}
	logs, _ := filepath.Glob(filepath.Join(s.dir, "*.out"))
	for _, log := range logs {
		if out, err := os.ReadFile(log); err == nil && s.Failed() {
			s.Logf("%s:\n%s", filepath.Base(log), out[max(0, len(out)-4000):])
		}
	}
}

// workers returns how many workers the master knows and hears of.
func (s *spark) workers() (alive int) {
	r, err := http.Get("http://" + s.web + "/json/")
	if err != nil {
		return 0
	}
	defer r.Body.Close()
	var state struct{ AliveWorkers int }
	if json.NewDecoder(r.Body).Decode(&state) != nil {
		return 0
	}
	return state.AliveWorkers
}

// TestSpark has examples/spark decode, derive and run over an S3 server, on two workers. The bucket and the site are those of one machine.
func TestSpark(t *testing.T) {
	t.Parallel()
	s := newSpark(t)
	newTrial(t).drive(s)
}

// submit starts the driver.
func (s *spark) submit(t *trial) (ended func() bool) {
	s.Helper()
	s.driver = s.command("driver", "spark-submit", "--master", "spark://"+s.master, "../../../examples/spark/coordinate.py", "--shards", "8", "--program",
		filepath.Join(t.twins, "tidemark"), t.config, t.data)
	if err := s.driver.Start(); err != nil {
		s.Fatal(err)
	}
	end := make(chan struct{})
	go func() {
		s.driver.Wait()
		close(end)
	}()
	return func() bool {
		select {
		case <-end:
			return true
		default:
			return false
		}
	}
}

// loseWorker kills a worker with its executor.
func (s *spark) loseWorker(t *trial) {
	s.Helper()
	s.restart([]string{"one", "two"}[t.random.IntN(2)])
}

// loseCoordinator kills the master or the driver.
func (s *spark) loseCoordinator(t *trial) {
	s.Helper()
	if t.random.IntN(2) == 0 {
		s.restart("master")
		return
	}
	syscall.Kill(-s.driver.Process.Pid, syscall.SIGKILL)
}
