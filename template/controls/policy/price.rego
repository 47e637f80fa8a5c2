# METADATA
# title: No price, no call (CST-1)
package aiwf

import rego.v1

loaded contains "price"

priced if input.endpoint.priced == true

deny contains {
	"rule": "price",
	"message": sprintf("%q has no price, so no budget could hold it", [object.get(input.endpoint, "ref", "unknown")]),
	"remedy": "add it to prices in policy/data.yaml",
	"path": "policy/data.yaml",
} if {
	not priced
}
