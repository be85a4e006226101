// Package attack holds tests that run the program as a process among hostile servers, data folders and files, beside a healthy source
// whose file must be brought each time.
package attack
