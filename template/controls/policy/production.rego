# METADATA
# title: Production needs an owner, approvers and a life
# description: On a laptop and in CI a missing name is pending; in production it is a refusal.
package aiwf

import rego.v1

loaded contains "production"

owned if input.owner_named == true

endpoint_owned if input.endpoint.owner_named == true

approvers_known if input.approvers_named == true

alive if input.lifecycle == "production"

deny contains {
	"rule": "production-owner",
	"message": "production needs an accountable owner of the workflow",
	"remedy": "name one person in spec.owner",
	"path": "ai-workflow.yaml",
} if {
	input.environment == "production"
	not owned
}

deny contains {
	"rule": "production-endpoint-owner",
	"message": sprintf("production needs an accountable owner of %q", [object.get(input.endpoint, "ref", "unknown")]),
	"remedy": "name one person in spec.models[].owner",
	"path": "ai-workflow.yaml",
} if {
	input.environment == "production"
	not endpoint_owned
}

deny contains {
	"rule": "production-approvers",
	"message": "production needs named approvers for every role, from tier 3 on somebody beside the owner",
	"remedy": "name people in spec.approvals[].principals",
	"path": "ai-workflow.yaml",
} if {
	input.environment == "production"
	not approvers_known
}

deny contains {
	"rule": "production-lifecycle",
	"message": "only lifecycle production may run in production",
	"remedy": "set spec.lifecycle to production once every control is ok",
	"path": "ai-workflow.yaml",
} if {
	input.environment == "production"
	not alive
}
