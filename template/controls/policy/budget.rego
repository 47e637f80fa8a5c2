# METADATA
# title: A call fits into every budget that it is booked under (CST-1)
# description: |
#   What is left is read from the books by controls/gateway/budgets.py, at the most that this call can cost. Callers that
#   ask at the same moment are kept apart after this rule, by the reservation.
package aiwf

import rego.v1

loaded contains "budget"

affordable if input.request.budget == "within"

unbudgeted if input.request.budget == "unset"

deny contains {
	"rule": "budget",
	"message": "a hard budget does not hold what this call may cost",
	"remedy": "raise the budget in spec.budgets with a decision record, or wait for the next month",
	"path": "ai-workflow.yaml",
} if {
	not affordable
	not unbudgeted
}

deny contains {
	"rule": "budget-unset",
	"message": "a workspace, feature or team has no hard budget",
	"remedy": "set spec.budgets.{workspace,feature,team}.hard",
	"path": "ai-workflow.yaml",
} if {
	unbudgeted
}
