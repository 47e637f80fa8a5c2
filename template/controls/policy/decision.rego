# METADATA
# title: The verdict on one call
# description: |
#   Allows only when every managed rule file is loaded, the input is complete and nothing denies.
#   Portable subset, so that these files run on stock OPA too: negate only named helper rules, no builtin
#   but object.get, sprintf, count and is_*. Owner's rules (policy/custom) are added by controls/policy/engine.py.
package aiwf

import rego.v1

default allow := false

allow if {
	loaded == {
		"budget", "caps", "complete", "identity", "logging",
		"matrix", "price", "production", "record", "tier",
	}
	count(deny) == 0
}

verdict := {"allow": allow, "reasons": deny}
