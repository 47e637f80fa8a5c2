"""The names of everything that a span carries, as literals, in this one place.

`gen_ai.*`, `service.*` and the like follow OpenTelemetry's semantic conventions, whose published
constants are all deprecated or in development; a name of ours is never put under `gen_ai.`, it
starts with `aiwf.`. Which keys a tier requires is data and stands in `controls/catalogue.yaml`.
"""

from typing import Final

# resource: what ran
TEMPLATE_VERSION: Final = "aiwf.template.version"
SCHEMA_VERSION: Final = "aiwf.schema.version"
ENVIRONMENT: Final = "deployment.environment.name"
SERVICE_NAME: Final = "service.name"
SERVICE_VERSION: Final = "service.version"
SERVICE_INSTANCE: Final = "service.instance.id"
VCS_REVISION: Final = "vcs.ref.head.revision"
UNCOMMITTED: Final = "uncommitted"  # a value of it, or what follows the commit after a plus

# every span of a run
RUN_ID: Final = "aiwf.run.id"
RISK_TIER: Final = "aiwf.risk.tier"
OPERATION: Final = "gen_ai.operation.name"
TEAM: Final = "aiwf.team"
FEATURE: Final = "aiwf.feature"
WORKSPACE: Final = "aiwf.workspace.id"
OWNER: Final = "aiwf.owner"
USER: Final = "enduser.pseudo.id"
CLASSIFICATION: Final = "aiwf.data.classification"
EVAL_SET: Final = "aiwf.eval.set"
EVAL_CASE: Final = "aiwf.eval.case"
EVAL_EXIT: Final = "aiwf.eval.exit"
EVAL_VERIFIES: Final = "aiwf.eval.verifies"
EVAL_ANSWERED: Final = "aiwf.eval.answered"
TOOL_NAME: Final = "gen_ai.tool.name"
ERROR_TYPE: Final = "error.type"

# the prompt and the answer, by digest
PROMPT_NAME: Final = "gen_ai.prompt.name"
PROMPT_VERSION: Final = "gen_ai.prompt.version"
PROMPT_SHA256: Final = "aiwf.prompt.sha256"
INPUT_SHA256: Final = "aiwf.input.sha256"
OUTPUT_SHA256: Final = "aiwf.output.sha256"
OUTCOME: Final = "aiwf.task.outcome"
DISCLOSURE: Final = "aiwf.disclosure"
COST_USD: Final = "aiwf.cost.usd"

# one call of a model
PROVIDER: Final = "gen_ai.provider.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
RESPONSE_MODEL: Final = "gen_ai.response.model"
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
PRICE_VERSION: Final = "aiwf.price.version"
ATTEMPT: Final = "aiwf.attempt"
POLICY_BUNDLE: Final = "aiwf.policy.bundle"
POLICY_DECISION: Final = "aiwf.policy.decision"
CONFIDENCE: Final = "aiwf.confidence"
ESCALATED: Final = "aiwf.escalated"
CACHE: Final = "aiwf.cache"

# the audit trail
AUDIT_SEQ: Final = "aiwf.audit.seq"
RETENTION_CLASS: Final = "aiwf.retention.class"
DECISION_ID: Final = "aiwf.decision.id"

# one use of a tool
TOOL_EFFECT: Final = "aiwf.tool.effect"
TOOL_ARGS: Final = "aiwf.tool.args.sha256"
APPROVAL_ID: Final = "aiwf.approval.id"
ROLLBACK_REF: Final = "aiwf.rollback.ref"
DRY_RUN: Final = "aiwf.dry_run"

# retrieval
SOURCE_IDS: Final = "aiwf.source.ids"
SOURCE_DIGESTS: Final = "aiwf.source.digests"
INDEX_VERSION: Final = "aiwf.index.version"

# events
SAFETY_SIGNAL: Final = "aiwf.safety.signal"
SAFETY_CATEGORY: Final = "category"
SAFETY_SCORE: Final = "score"
SAFETY_VERDICT: Final = "verdict"
SAFETY_ACTION: Final = "action"
SAFETY_POLICY: Final = "policy.id"
HUMAN_REVIEW: Final = "aiwf.human.review"
HUMAN_DECISION: Final = "aiwf.human.decision"
HUMAN_EDIT_RATIO: Final = "aiwf.human.edit_ratio"
HUMAN_ACTOR: Final = "aiwf.human.actor"

# values of `gen_ai.operation.name`
INVOKE_WORKFLOW: Final = "invoke_workflow"
CHAT: Final = "chat"
RETRIEVAL: Final = "retrieval"
EXECUTE_TOOL: Final = "execute_tool"
EVALUATE: Final = "evaluate"
OF_THE_CONTROLS: Final = frozenset((INVOKE_WORKFLOW, CHAT, EVALUATE))

# values of `aiwf.task.outcome`; `answered` alone is a success
ANSWERED: Final = "answered"
ABSTAINED: Final = "abstained"
DENIED: Final = "denied"
BLOCKED: Final = "blocked"
WENT_FURTHER: Final = "escalated"  # a larger model was asked after it
ERROR: Final = "error"

# values of `aiwf.cache`; a call that keeps nothing has none
LIVE: Final = "live"
HIT: Final = "hit"
MISS: Final = "miss"

# values of `aiwf.policy.decision`
ALLOW: Final = "allow"
DENY: Final = "deny"
