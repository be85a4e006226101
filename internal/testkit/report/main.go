// Report runs go test with the arguments that it is given and prints what go test prints. It adds how many tests passed,
// failed and were skipped, and why each was skipped. With CI in the environment a skipped test is a failure.
package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
)

func main() {
	ok, err := run(os.Args[1:], os.Stdout, os.Getenv("CI") != "")
	if err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
	}
	if !ok || err != nil {
		os.Exit(1)
	}
}

// run reports whether every test passed, or with strict false was skipped.
func run(args []string, out io.Writer, strict bool) (bool, error) {
	test := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	test.Stderr = os.Stderr
	events, err := test.StdoutPipe()
	if err != nil {
		return false, err
	}
	if err := test.Start(); err != nil {
		return false, err
	}
	s, err := read(events, out)
	if failed := test.Wait(); err == nil && failed != nil && s.failed == 0 {
		err = fmt.Errorf("go test: %w, although no test failed", failed)
	}
	s.write(out, strict)
	return s.failed == 0 && (!strict || len(s.skipped) == 0), err
}
