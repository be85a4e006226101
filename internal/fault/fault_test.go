package fault_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"tidemark/internal/fault"
)

func TestCaught(t *testing.T) {
	if err := fault.Caught(func() error { return io.EOF }); err != io.EOF {
		t.Errorf("%v, want EOF", err)
	}
	var nothing *strings.Builder
	err := fault.Caught(func() error { _, err := nothing.WriteString("x"); return err })
	var f *fault.Error
	if !errors.As(err, &f) || !strings.Contains(string(f.Stack), "TestCaught") || !strings.Contains(err.Error(), "nil pointer") {
		t.Errorf("%v, want the panic with its stack", err)
	}
	if err := fault.Caught(func() error { panic(io.ErrNoProgress) }); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("%v does not wrap the error of the panic", err)
	}
}
