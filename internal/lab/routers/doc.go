// Package routers holds tests that read the MRT files of running BGP daemons.
package routers
