# METADATA
# title: Context and sources within the tier's caps (CST-3)
# description: The gateway cuts before it asks; what is still too long after the cut is denied here.
package aiwf

import rego.v1

loaded contains "caps"

context_within if input.request.context == "within"

sources_within if input.request.sources == "within"

deny contains {
	"rule": "context-cap",
	"message": "the prompt is longer than this tier's context cap",
	"remedy": "shorten the prompt or the question, or raise caps in policy/data.yaml",
	"path": "policy/data.yaml",
} if {
	not context_within
}

deny contains {
	"rule": "top-k",
	"message": "the prompt carries more sources than this tier's top_k",
	"remedy": "retrieve fewer sources, or raise caps in policy/data.yaml",
	"path": "policy/data.yaml",
} if {
	not sources_within
}
