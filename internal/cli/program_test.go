package cli

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"tidemark/internal/testkit/program"
)

// root is the top of the repository.
const root = "../.."

func TestMain(m *testing.M) { program.Test(m, Main) }

// TestScripts runs the program as a user does: a script for each verb.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireExplicitExec: true})
}

// runProgram runs the program in this process.
func runProgram(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return program.Run(t, Main, args...)
}
