package assistant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"tidemark/analysis"
	"tidemark/internal/fault"
	"tidemark/internal/legible"
	"tidemark/internal/quantity"
	"tidemark/internal/redact"
	"tidemark/rfcwatch/history"
)

// What one call may use.
const (
	maxTime   = 2 * time.Minute
	maxAnswer = 2 << 20 // bytes
)

// server is the server with what its tools work on.
type server struct {
	*mcp.Server
	source    Source
	questions []*analysis.Question
	turn      chan struct{} // holds an element while a call is at work: one at a time bounds the memory
	time      time.Duration // that a call may take
}

// types are the schemas of types that write their JSON themselves.
var types = &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
	reflect.TypeFor[history.Known](): {Types: []string{"null", "string"}},
}}

// add adds a tool that only reads. Its errors are answers of the tool.
func add[In, Out any](s *server, name, title, description string, answer func(context.Context, In) (*Out, error)) {
	schema, err := jsonschema.For[Out](types)
	if err != nil {
		panic(err) // a wrong declaration of an answer
	}
	closed := false
	mcp.AddTool(s.Server, &mcp.Tool{
		Name: name, Title: title, Description: description, OutputSchema: schema,
		Annotations: &mcp.ToolAnnotations{Title: title, ReadOnlyHint: true, IdempotentHint: true, OpenWorldHint: &closed},
	}, func(ctx context.Context, _ *mcp.CallToolRequest, in In) (*mcp.CallToolResult, any, error) {
		var content []byte
		err := s.inTurn(ctx, func(ctx context.Context) error {
			out, err := answer(ctx, in)
			if err == nil {
				content, err = json.Marshal(out)
			}
			return err
		})
		if err != nil {
			return nil, nil, errors.New(legible.Text(redact.Secrets(err.Error())))
		}
		if len(content) > maxAnswer {
			return nil, nil, fmt.Errorf("the answer would have %s (at most %s are sent): ask for less", quantity.Bytes(int64(len(content))), quantity.Bytes(maxAnswer))
		}
		content = legibleJSON(content)
		// The structured content is given as it is: the SDK would pass it through float64, which has no room for large integers.
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: string(content)}}, StructuredContent: json.RawMessage(content)}, nil, nil
	})
}

// inTurn runs f when it is its turn, and for no longer than a call may take.
func (s *server) inTurn(ctx context.Context, f func(context.Context) error) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.time, fmt.Errorf("this took more than %s: ask for less, such as fewer datasets or days; files that were fetched from a site are kept, so that the same question may do better", s.time))
	defer cancel()
	err := fault.Caught(func() error { return f(ctx) })
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// jsonText is a text in compact JSON, be it a value or a name.
var jsonText = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// legibleJSON returns valid JSON in whose texts nothing steers a terminal or hides.
func legibleJSON(content []byte) []byte {
	return jsonText.ReplaceAllFunc(content, func(quoted []byte) []byte {
		var text string
		if json.Unmarshal(quoted, &text) != nil || legible.Text(text) == text {
			return quoted
		}
		again, err := json.Marshal(legible.Text(text))
		if err != nil {
			return quoted // texts always become JSON
		}
		return again
	})
}
