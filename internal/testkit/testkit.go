// Package testkit gives tests what the machine and the repository may or may not have: programs, servers, privileges, free ports, real inputs.
// What is missing skips the test with a reason, but fails it where CI is set in the environment, so that no part of the
// suite disappears unnoticed. Package tables, below it, decodes files and commits rows.
package testkit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Missing skips the test for the given reason, or fails it in CI.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	reason := fmt.Sprintf(format, args...)
	if os.Getenv("CI") != "" {
		t.Fatalf("%s, and in CI nothing may be missing", reason)
	}
	t.Skip(reason)
}

// debianPackages are the packages that bring programs of another name.
var debianPackages = map[string]string{
	"bird": "bird2", "birdc": "bird2", "bgpd": "frr", "bgpctl": "openbgpd", "zebra": "frr", "vtysh": "frr", "node": "nodejs", "ip": "iproute2", "tc": "iproute2",
	"Rscript": "r-base-core", "java": "default-jre-headless", "nsd-control": "nsd", "systemd-analyze": "systemd",
	"rsyslogd": "rsyslog", "munged": "munge", "sbatch": "slurm-client", "squeue": "slurm-client", "scancel": "slurm-client", "sinfo": "slurm-client",
}

// Need returns the path of the first of the programs that is installed; a program may be given by name or by path. If
// none is, the test is skipped, in CI it fails. Daemons are also found in /usr/sbin, which is not in everybody's PATH.
func Need(t testing.TB, programs ...string) string {
	t.Helper()
	for _, name := range programs {
		for _, path := range []string{name, filepath.Join("/usr/sbin", name)} {
			if found, err := exec.LookPath(path); err == nil {
				return found
			}
		}
	}
	name := filepath.Base(programs[0])
	debian := debianPackages[name]
	if debian == "" {
		debian = name
	}
	Missing(t, "%s is not installed; Debian has it in the package %s", name, debian)
	return ""
}

// Spark returns the folder in which make spark installed Spark, pyiceberg and the schemas of other engines, and skips the test where it did not.
func Spark(t testing.TB) string {
	t.Helper()
	Need(t, "java")
	dir := filepath.Join(root(t), "build", "spark")
	if _, err := os.Stat(filepath.Join(dir, "whole")); err != nil {
		Missing(t, "Spark is not installed; make spark does that")
	}
	return dir
}

// NeedRoot skips the test unless it runs as root, which what needs.
func NeedRoot(t testing.TB, what string) {
	t.Helper()
	if os.Geteuid() != 0 {
		Missing(t, "%s needs root", what)
	}
}

// File returns the path of a small real input that the repository has in testdata, for example "mrt/ris-2000.rib.gz";
// testdata/README.md lists them. It is always there.
func File(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(root(t), "testdata", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// Data returns the path of a real input of full size in the folder shared/data beside the repository, for example
// "mrt/bgpdump/test_data/bview.20020722.2337.gz". If it is missing, the test is skipped, in CI it fails.
func Data(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(filepath.Dir(root(t)), "shared", "data", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		Missing(t, "real input is missing: shared/data/%s", name)
	}
	return path
}

// root returns the folder of the repository.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = parent
	}
}
