# METADATA
# title: A real provider needs a decision record
# description: Data leaves the process only after somebody wrote down why, naming the model's ref.
package aiwf

import rego.v1

loaded contains "record"

in_process if input.endpoint.provider == "embedded"

recorded if input.endpoint.recorded == true

deny contains {
	"rule": "record",
	"message": sprintf("no decision record names %q", [object.get(input.endpoint, "ref", "unknown")]),
	"remedy": "python -m controls decisions new, and name the model and ai-workflow.yaml in the record",
	"path": "decisions/",
} if {
	not in_process
	not recorded
}
