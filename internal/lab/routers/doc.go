// Package routers holds tests that read MRT as running BGP daemons write it.
package routers
