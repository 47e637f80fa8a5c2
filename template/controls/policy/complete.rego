# METADATA
# title: Nothing absent, nothing unknown
# description: |
#   An absent field would silently kill the rule that reads it. So each field is required here, from a closed
#   set of values, and a field that is not listed denies as well. A new field goes here, into
#   controls/policy/inputs.py and into the vectors.
package aiwf

import rego.v1

loaded contains "complete"

classes := {"public", "internal", "confidential", "personal", "special-category", "secret"}

wanted := {
	"action": "model.call",
	"environment": "development, ci or production",
	"tier": "a tier from 0 to 4",
	"lifecycle": "experimental, production or deprecated",
	"audience": "internal or customer",
	"oversight": "every-output, sample or none",
	"owner_named": "true or false",
	"approvers_named": "true or false",
	"data_class": "public, internal, confidential, personal, special-category or secret",
	"caller": "an object",
	"caller.workspace": "text",
	"caller.team": "text",
	"caller.feature": "text",
	"caller.user_known": "true or false",
	"endpoint": "an object",
	"endpoint.ref": "a model's ref",
	"endpoint.provider": "a provider's name",
	"endpoint.owner_named": "true or false",
	"endpoint.allowed_data": "a list of data classes",
	"endpoint.priced": "true or false",
	"endpoint.recorded": "true or false",
	"request": "an object",
	"request.context": "within or exceeded",
	"request.sources": "within or exceeded",
	"request.budget": "within, exceeded or unset",
	"logging": "a list of prompt and trace",
}

given contains "action" if input.action == "model.call"

given contains "environment" if input.environment in {"development", "ci", "production"}

given contains "tier" if input.tier in {0, 1, 2, 3, 4}

given contains "lifecycle" if input.lifecycle in {"experimental", "production", "deprecated"}

given contains "audience" if input.audience in {"internal", "customer"}

given contains "oversight" if input.oversight in {"every-output", "sample", "none"}

given contains "owner_named" if input.owner_named in {true, false}

given contains "approvers_named" if input.approvers_named in {true, false}

given contains "data_class" if input.data_class in classes

given contains "caller" if is_object(input.caller)

given contains "caller.workspace" if is_string(input.caller.workspace)

given contains "caller.team" if is_string(input.caller.team)

given contains "caller.feature" if is_string(input.caller.feature)

given contains "caller.user_known" if input.caller.user_known in {true, false}

given contains "endpoint" if is_object(input.endpoint)

given contains "endpoint.ref" if {
	is_string(input.endpoint.ref)
	input.endpoint.ref != ""
}

given contains "endpoint.provider" if {
	is_string(input.endpoint.provider)
	input.endpoint.provider != ""
}

given contains "endpoint.owner_named" if input.endpoint.owner_named in {true, false}

given contains "endpoint.allowed_data" if {
	is_array(input.endpoint.allowed_data)
	count({class | some class in input.endpoint.allowed_data} - classes) == 0
}

given contains "endpoint.priced" if input.endpoint.priced in {true, false}

given contains "endpoint.recorded" if input.endpoint.recorded in {true, false}

given contains "request" if is_object(input.request)

given contains "request.context" if input.request.context in {"within", "exceeded"}

given contains "request.sources" if input.request.sources in {"within", "exceeded"}

given contains "request.budget" if input.request.budget in {"within", "exceeded", "unset"}

given contains "logging" if {
	is_array(input.logging)
	count({record | some record in input.logging} - {"prompt", "trace"}) == 0
}

names contains name if some name, _ in input

names contains name if {
	some group in {"caller", "endpoint", "request"}
	is_object(input[group])
	some field, _ in input[group]
	name := sprintf("%v.%v", [group, field])
}

deny contains {
	"rule": "complete",
	"message": sprintf("input.%v is missing or is not %v", [name, wanted[name]]),
	"remedy": "the gateway builds the input from ai-workflow.yaml and the run: correct the value there",
	"path": "controls/policy/complete.rego",
} if {
	some name in {field | some field, _ in wanted} - given
}

deny contains {
	"rule": "complete",
	"message": sprintf("input.%v is not a field that the policy knows", [name]),
	"remedy": "leave it out, or add it to controls/policy/complete.rego in the template",
	"path": "controls/policy/complete.rego",
} if {
	some name in names - {field | some field, _ in wanted}
}
