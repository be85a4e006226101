// Package confine takes from the process what it does not need. On Linux it uses Landlock (since Linux 5.13), which needs no
// privileges: the process and all that it starts can from then on open nothing but the files that were named, and gain no
// privileges by what they execute.
package confine

import "errors"

// Access is what a process still may do. Paths that do not exist are left out; links are followed.
type Access struct {
	Read  []string // files, and folders with all below them
	Write []string // likewise; below folders, files and folders can also be made and removed
	// Execute are programs that may be executed. Where it is set, so may those of the system, as scripts need them.
	Execute []string
	// Listen are the TCP ports that may be listened on; 0 is any free one. Where it is set, nothing can be connected to by TCP.
	// The network is only limited by Linux 6.7 and later.
	Listen []uint16
}

// ErrUnsupported says that the system has no Landlock, or has it switched off.
var ErrUnsupported = errors.New("the system cannot confine a process: that needs Linux 5.13 or later, with Landlock")
