// Package tidemark names the release of the program, and carries its changelog.
package tidemark

import _ "embed"

// Version is the release. Manifests and the site name it, so it changes with a release and not with a build.
const Version = "0.1.0"

// Program is how manifests and pages name the program.
const Program = "tidemark " + Version

// Changelog is CHANGELOG.md, whose Data parts the site shows.
//
//go:embed CHANGELOG.md
var Changelog string
