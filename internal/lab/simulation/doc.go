// Package simulation holds tests on the life of a data folder: days on a replica of the archives, with faults, killed runs and
// full disks; sources that come late or damaged; folders that earlier programs left.
package simulation
