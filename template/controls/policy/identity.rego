# METADATA
# title: From tier 1 on, a call belongs to a user and a workspace (LOG-2)
package aiwf

import rego.v1

loaded contains "identity"

identified if {
	input.caller.user_known == true
	input.caller.workspace != ""
}

deny contains {
	"rule": "identity",
	"message": "from tier 1 on, a call needs a user and a workspace",
	"remedy": "give user and workspace to controls.run.start (or --user and --workspace)",
	"path": "ai-workflow.yaml",
} if {
	input.tier > 0
	not identified
}
