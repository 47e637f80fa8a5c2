# METADATA
# title: What a risk tier may hold (DAT-2)
# description: No sensitive data at tier 0; special-category data only from tier 3.
package aiwf

import rego.v1

loaded contains "tier"

harmless if input.data_class in {"public", "internal"}

deny contains {
	"rule": "tier-0",
	"message": sprintf("%q data is not allowed at tier 0", [object.get(input, "data_class", "unknown")]),
	"remedy": "keep the data out, or raise spec.risk.tier to 1 with `prooflane sync --set tier=1`",
	"path": "ai-workflow.yaml",
} if {
	input.tier == 0
	not harmless
}

deny contains {
	"rule": "special-category",
	"message": "special-category data needs tier 3 or 4",
	"remedy": "keep the data out of the workflow, or raise its tier",
	"path": "ai-workflow.yaml",
} if {
	input.data_class == "special-category"
	input.tier < 3
}
