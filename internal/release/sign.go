package main

import (
	"fmt"
	"os"
	"path/filepath"

	"aead.dev/minisign"
)

const signatureSuffix = ".minisig"

// sign writes the signature of a file beside it, as minisign does. The key is one that minisign made.
func sign(key, file, password string) error {
	private, err := minisign.PrivateKeyFromFile(password, key)
	if err != nil {
		return fmt.Errorf("key %s: %w (is its password in MINISIGN_PASSWORD?)", key, err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	// The name is a part of the signature, and no time, so that the same release has the same signature.
	signature := minisign.SignWithComments(private, content, "file:"+filepath.Base(file), "signature of a release of Tidemark")
	return os.WriteFile(file+signatureSuffix, signature, 0o644)
}

// verify is an error unless the signature beside a file was made by the key for these bytes.
func verify(key, file string) error {
	public, err := minisign.PublicKeyFromFile(key)
	if err != nil {
		return fmt.Errorf("key %s: %w", key, err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	signature, err := os.ReadFile(file + signatureSuffix)
	if err != nil {
		return err
	}
	if !minisign.Verify(public, content, signature) {
		return fmt.Errorf("%s does not have the signature of %s", file, key)
	}
	return nil
}
