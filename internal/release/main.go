// Command release describes and signs what make dist hands out.
//
//	release sbom PROGRAM VERSION TIME   prints an SBOM of the program in CycloneDX's JSON
//	release sign KEY FILE               writes FILE.minisig; the key's password is in MINISIGN_PASSWORD
//	release verify KEY FILE             checks FILE.minisig against a public key
package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"time"
)

func main() {
	log.SetFlags(0)
	if err := run(os.Args[1:]); err != nil {
		log.Fatal("release: ", err)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 4 && args[0] == "sbom":
		at, err := time.Parse(time.RFC3339, args[3])
		if err != nil {
			return err
		}
		text, err := sbom(args[1], args[2], at, "site/testdata/npm/package-lock.json")
		if err != nil {
			return err
		}
		_, err = os.Stdout.Write(text)
		return err
	case len(args) == 3 && args[0] == "sign":
		return sign(args[1], args[2], os.Getenv("MINISIGN_PASSWORD"))
	case len(args) == 3 && args[0] == "verify":
		return verify(args[1], args[2])
	}
	return errors.Join(fmt.Errorf("unknown arguments %q", args), errors.New("want: sbom PROGRAM VERSION TIME, sign KEY FILE, or verify KEY FILE"))
}
