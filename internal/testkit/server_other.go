//go:build !linux

package testkit

import (
	"os/exec"
	"syscall"
)

// Server returns the command of a program that the test ends. If the test itself is killed, the program stays.
func Server(program string, arguments ...string) *exec.Cmd {
	c := exec.Command(program, arguments...)
	c.SysProcAttr = &syscall.SysProcAttr{}
	return c
}
