# METADATA
# title: The tier's logging minimum is there before the call is made (LOG-1)
# description: |
#   A record and the tier from which a call without it is refused; each tier keeps those of the tiers below. User and
#   workspace are asked for by identity.rego; what only an answer can show is checked on the trace (LOG-2, LOG-3).
package aiwf

import rego.v1

loaded contains "logging"

minimum := {"prompt": 0, "trace": 0}

kept contains record if some record in input.logging

owed contains record if {
	some record, tier in minimum
	tier <= input.tier
}

deny contains {
	"rule": "logging",
	"message": sprintf("the call would leave no record of its %v, which tier %v asks for", [
		record,
		object.get(input, "tier", "unknown"),
	]),
	"remedy": "call models inside controls.run.start, after run.prompt(name)",
	"path": "controls/policy/logging.rego",
} if {
	some record in owed - kept
}
