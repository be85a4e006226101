//go:build !unix

package checksum

// stateOf knows nothing here: every file is read.
func stateOf(string) (s state, known bool) { return state{}, false }
