package audit

import (
	"runtime/debug"
	"testing"

	"tidemark/internal/cli"
	"tidemark/internal/testkit/program"
)

// root is the top of the repository.
const root = "../../.."

// partly is the exit code of a run that finished with problems.
const partly = 3

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // charts are drawn in JavaScript, which leaves much garbage: less often collected, they take four fifths of the time
	program.Test(m, cli.Main)
}

// runProgram runs the program in this process.
func runProgram(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return program.Run(t, cli.Main, args...)
}
