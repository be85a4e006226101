// Package kafka starts a broker of Apache Kafka for tests, on loopback and without ZooKeeper. .ci/kafka fetches it.
package kafka

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"tidemark/internal/testkit"
)

const version = "4.1.1" // as in pom.xml

// Broker is a broker that can be killed and started again. It creates topics that somebody writes to, with one partition each.
type Broker struct {
	Address string

	t       testing.TB
	java    string
	classes string
	dir     string
	process *exec.Cmd
	said    bytes.Buffer
}

// Start starts a broker, which ends with the test.
func Start(t testing.TB) *Broker {
	t.Helper()
	b := &Broker{t: t, java: testkit.Need(t, "java"), Address: testkit.FreeAddress(t), dir: t.TempDir()}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	jars := filepath.Join(cache, "tidemark", "kafka-"+version)
	if _, err := os.Stat(jars); err != nil {
		testkit.Missing(t, "Apache Kafka %s is not there: run .ci/kafka (%v)", version, err)
	}
	b.classes = filepath.Join(jars, "*")
	controller := testkit.FreeAddress(t)
	settings := fmt.Sprintf(`process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://%s,CONTROLLER://%s
controller.listener.names=CONTROLLER
controller.quorum.voters=1@%s
log.dirs=%s
log.retention.check.interval.ms=500
offsets.topic.replication.factor=1
num.partitions=1
`, b.Address, controller, controller, filepath.Join(b.dir, "log"))
	if err := os.WriteFile(b.settings(), []byte(settings), 0o644); err != nil {
		t.Fatal(err)
	}
	const cluster = "4L6g3nShT-eMCtK--X86sw"
	if out, err := b.run("kafka.tools.StorageTool", "format", "--cluster-id", cluster, "--config", b.settings()).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Cleanup(b.Kill)
	b.Restart()
	return b
}

func (b *Broker) settings() string { return filepath.Join(b.dir, "server.properties") }

func (b *Broker) run(class string, arguments ...string) *exec.Cmd {
	flags := []string{"-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", b.classes, class}
	return testkit.Server(b.java, append(flags, arguments...)...)
}

// Kill kills the broker, as kill -9 does.
func (b *Broker) Kill() {
	if b.process != nil {
		b.process.Process.Kill()
		b.process.Wait()
		b.process = nil
	}
}

// Restart starts the broker, with what it had.
func (b *Broker) Restart() {
	b.t.Helper()
	b.said.Reset()
	b.process = b.run("kafka.Kafka", b.settings())
	b.process.Stdout, b.process.Stderr = &b.said, &b.said
	if err := b.process.Start(); err != nil {
		b.t.Fatal(err)
	}
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		conn, err := net.Dial("tcp", b.Address)
		if err == nil {
			conn.Close()
			return
		}
		if time.Now().After(end) {
			b.Kill()
			b.t.Fatalf("the broker did not start: %s", b.said.Bytes())
		}
	}
}
