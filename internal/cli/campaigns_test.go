package cli_test

import (
	"testing"

	"tidemark/internal/cli"
	"tidemark/internal/config"
)

// TestCampaignsExample: the example of campaigns is a valid configuration of three lists.
func TestCampaignsExample(t *testing.T) {
	_, sources, err := config.Load("../../examples/campaigns.toml", cli.Kinds())
	if err != nil || len(sources) != 3 {
		t.Error(len(sources), err)
	}
}
