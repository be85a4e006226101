package confine

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mark is the variable of the environment by which the process knows that it is confined. It holds the number of the process,
// so that it means nothing to those that it starts.
const mark = "TIDEMARK_CONFINED"

// What may be done with files, and below folders.
const (
	readFile   = unix.LANDLOCK_ACCESS_FS_READ_FILE
	writeFile  = readFile | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE
	readBelow  = readFile | unix.LANDLOCK_ACCESS_FS_READ_DIR
	writeBelow = readBelow | writeFile | unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_SYM |
		unix.LANDLOCK_ACCESS_FS_REMOVE_FILE | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REFER
	devices = unix.LANDLOCK_ACCESS_FS_MAKE_CHAR | unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK | unix.LANDLOCK_ACCESS_FS_MAKE_FIFO | unix.LANDLOCK_ACCESS_FS_MAKE_SOCK |
		unix.LANDLOCK_ACCESS_FS_IOCTL_DEV // is given to nobody
)

// rulePort is LANDLOCK_RULE_NET_PORT, which has a struct landlock_net_port_attr.
const rulePort = 2

type portRule struct{ access, port uint64 }

// Process confines the process. What Landlock takes, it takes from one thread, and this program has threads that Go knows nothing
// of; so the thread that was confined executes the program again, with the same arguments. The first call therefore does not return,
// unless there is an error; the second, in the confined program, returns nil.
func Process(a Access) error {
	if os.Getenv(mark) == strconv.Itoa(os.Getpid()) {
		return nil
	}
	r, err := newRuleset(landlock(), len(a.Listen) > 0)
	if err != nil {
		return err
	}
	defer unix.Close(r.fd)
	if err := r.allow(a); err != nil {
		return err
	}
	runtime.LockOSThread() // a thread that was confined and could not execute ends with its goroutine
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("giving up privileges: %w", err)
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, uintptr(r.fd), 0, 0); errno != 0 {
		return fmt.Errorf("confining the process: %w", errno)
	}
	environment := append(os.Environ(), mark+"="+strconv.Itoa(os.Getpid()))
	if path, err := os.Executable(); err == nil { // by its name, which ps shows
		_ = syscall.Exec(path, os.Args, environment)
	}
	return fmt.Errorf("executing the program once more: %w", syscall.Exec(self, os.Args, environment)) // it was removed or replaced
}

// landlock returns the version of Landlock that the kernel has; 0: none. Tests have other kernels.
var landlock = func() int {
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0
	}
	return int(version)
}

// self is the program, whatever became of its name.
const self = "/proc/self/exe"

// ruleset is a list of what will be allowed.
type ruleset struct {
	fd    int
	files uint64 // what the kernel knows to refuse
}

// newRuleset makes an empty ruleset for a version of Landlock.
func newRuleset(version int, network bool) (r ruleset, err error) {
	r.files = unix.LANDLOCK_ACCESS_FS_EXECUTE | writeBelow | devices
	if version < 5 {
		r.files &^= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if version < 3 {
		r.files &^= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if version < 2 { // all linking and renaming between folders is refused then, which publishing and setting aside need
		return r, ErrUnsupported
	}
	attributes := unix.LandlockRulesetAttr{Handled_access_fs: r.files}
	size := unsafe.Sizeof(attributes.Handled_access_fs)
	if version >= 4 {
		size += unsafe.Sizeof(attributes.Handled_access_net)
		if network {
			attributes.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
		}
	}
	if version >= 6 {
		size += unsafe.Sizeof(attributes.Scoped)
		attributes.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	}
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attributes)), size, 0)
	if errno != 0 {
		return r, fmt.Errorf("making a ruleset of Landlock: %w", errno)
	}
	r.fd = int(fd)
	return r, nil
}

// allow adds what the process may do, with what every process of this program needs.
func (r ruleset) allow(a Access) error {
	for _, path := range append(systemFiles(), a.Read...) {
		if err := r.path(path, readFile, readBelow); err != nil {
			return err
		}
	}
	for _, path := range append([]string{os.DevNull}, a.Write...) {
		if err := r.path(path, writeFile, writeBelow); err != nil {
			return err
		}
	}
	for _, path := range append(interpreters(), self) {
		if err := r.path(path, readFile|unix.LANDLOCK_ACCESS_FS_EXECUTE, 0); err != nil {
			return err
		}
	}
	if len(a.Execute) > 0 {
		const execute = readFile | unix.LANDLOCK_ACCESS_FS_EXECUTE
		for _, path := range append([]string{"/bin", "/sbin", "/usr", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store"}, a.Execute...) {
			if err := r.path(path, execute, execute|readBelow); err != nil {
				return err
			}
		}
	}
	for _, port := range a.Listen {
		rule := portRule{unix.LANDLOCK_ACCESS_NET_BIND_TCP, uint64(port)}
		_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(r.fd), rulePort, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
		if errno != 0 && errno != unix.EINVAL { // EINVAL: the kernel does not limit the network
			return fmt.Errorf("allowing port %d: %w", port, errno)
		}
	}
	return nil
}

// path allows one thing with a file, and another with a folder and all below it.
func (r ruleset) path(path string, file, below uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if slices.ContainsFunc([]error{unix.ENOENT, unix.ENOTDIR, unix.EACCES, unix.ELOOP, unix.ENAMETOOLONG}, func(e error) bool { return errors.Is(err, e) }) {
		// What cannot be opened needs no permission.
		return nil
	}
	if err != nil {
		return fmt.Errorf("allowing %s: %w", path, err)
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return fmt.Errorf("allowing %s: %w", path, err)
	}
	rule := unix.LandlockPathBeneathAttr{Allowed_access: file & r.files, Parent_fd: int32(fd)}
	if stat.Mode&unix.S_IFMT == unix.S_IFDIR {
		rule.Allowed_access = below & r.files
	}
	_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(r.fd), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	if errno != 0 && errno != unix.ENOMSG { // ENOMSG: nothing is left to allow
		return fmt.Errorf("allowing %s: %w", path, errno)
	}
	return nil
}

// systemFiles returns what the runtime, the resolver, TLS and DuckDB read of the system. Of /etc it is single files: it also holds
// secrets, which root could read.
func systemFiles() []string {
	files := []string{
		"/usr", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store", "/etc/ld.so.cache", // programs and libraries, for all to read
		"/proc", "/sys/devices/system/cpu", "/sys/fs/cgroup", "/sys/kernel/mm/transparent_hugepage", "/dev/zero", "/dev/random", "/dev/urandom",
		"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols", "/etc/localtime", "/etc/mime.types",
		"/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/certs", "/etc/pki/tls/cert.pem", "/etc/pki/tls/cacert.pem", "/etc/pki/ca-trust/extracted",
		"/etc/ca-certificates", "/var/lib/ca-certificates", os.Getenv("SSL_CERT_FILE"),
	}
	files = append(files, filepath.SplitList(os.Getenv("SSL_CERT_DIR"))...)
	if target, err := filepath.EvalSymlinks("/etc/resolv.conf"); err == nil && filepath.Dir(target) != "/etc" {
		files = append(files, filepath.Dir(target)) // of systemd-resolved, for example, which replaces it
	}
	maps, err := os.ReadFile("/proc/self/maps") // libraries wherever they lie
	if err != nil {
		return files
	}
	for line := range strings.Lines(string(maps)) {
		if fields := strings.Fields(line); len(fields) == 6 && filepath.IsAbs(fields[5]) {
			files = append(files, fields[5])
		}
	}
	return files
}

// interpreters returns the loader of the program's libraries; none for a program without.
func interpreters() (paths []string) {
	program, err := elf.Open(self)
	if err != nil {
		return nil
	}
	defer program.Close()
	for _, p := range program.Progs {
		if p.Type != elf.PT_INTERP || p.Filesz > unix.PathMax {
			continue
		}
		if name, err := io.ReadAll(p.Open()); err == nil {
			paths = append(paths, strings.TrimRight(string(name), "\x00"))
		}
	}
	return paths
}
