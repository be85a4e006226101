package cli

type watchVerb struct {
	Test watchTestVerb `cmd:"" help:"Send a test message to a sink."`
}
