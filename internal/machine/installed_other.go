//go:build !linux

package machine

func installed() int64 { return 0 }
