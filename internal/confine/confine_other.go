//go:build !linux

package confine

// Process returns ErrUnsupported.
func Process(Access) error { return ErrUnsupported }
