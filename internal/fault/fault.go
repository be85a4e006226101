// Package fault makes a panic in one part of the program that part's error, so that the others go on.
package fault

import (
	"fmt"
	"runtime/debug"
)

// Error is a panic. It is a fault of the program, whatever input brought it about.
type Error struct {
	Value any    // of the panic
	Stack []byte // of its goroutine
}

func (e *Error) Error() string {
	return fmt.Sprintf("the program has a fault here: %.300v; please report it with the stack that the log has", e.Value)
}

// Unwrap returns the value of the panic if it is an error.
func (e *Error) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Caught returns what f returns, or an *Error if it panics. It catches nothing in goroutines that f starts.
func Caught(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &Error{v, debug.Stack()}
		}
	}()
	return f()
}

// Guarded returns a function that is Caught: for goroutines.
func Guarded(f func() error) func() error {
	return func() error { return Caught(f) }
}
