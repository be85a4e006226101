// Package live holds tests that read MRT as running BGP daemons write it.
package live
