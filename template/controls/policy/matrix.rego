# METADATA
# title: Data class x endpoint (DAT-1)
# description: The matrix is spec.models[].allowed_data of the manifest; an empty list allows nothing.
package aiwf

import rego.v1

loaded contains "matrix"

class_allowed if input.data_class in input.endpoint.allowed_data

deny contains {
	"rule": "matrix",
	"message": sprintf("%q data is not allowed to reach %q", [
		object.get(input, "data_class", "unknown"),
		object.get(input.endpoint, "ref", "unknown"),
	]),
	"remedy": "list the class in allowed_data of this model, with a decision record",
	"path": "ai-workflow.yaml",
} if {
	not class_allowed
}

deny contains {
	"rule": "secret",
	"message": "secret data never reaches a model",
	"remedy": "take the secret data out of spec.data and out of the workflow",
	"path": "ai-workflow.yaml",
} if {
	input.data_class == "secret"
}
