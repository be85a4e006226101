package main

func compare(dir, cache string, runs int, only string) error { return nil }
