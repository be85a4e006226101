package testkit

import (
	"os/exec"
	"syscall"
)

// Server returns the command of a program that the test ends. If the test itself is killed, the program is too.
func Server(program string, arguments ...string) *exec.Cmd {
	c := exec.Command(program, arguments...)
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return c
}
