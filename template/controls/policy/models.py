"""Which names and addresses lead to a model: the data of `controls.policy.bypass`."""

from typing import Final

LIBRARIES: Final = (
    *("openai", "anthropic", "litellm", "langchain", "langgraph", "llama_index", "llama_cpp"),
    *("google.genai", "google.generativeai", "google.cloud.aiplatform", "vertexai", "boto3"),
    *("azure.ai", "mistralai", "cohere", "groq", "ollama", "replicate", "together", "xai_sdk"),
    *("huggingface_hub", "transformers", "vllm", "dspy", "instructor", "smolagents"),
    *("pydantic_ai.models", "pydantic_ai.providers", "pydantic_ai.embeddings"),
    *("controls.gateway", "tests"),  # a test may hold a model of its own
    *("controls.tracing.stamped", "controls.tracing.trail"),  # who writes a call's span by hand
)
FAMILIES: Final = ("langchain_", "llama_index_")  # one package for each provider
BUILDERS: Final = frozenset(
    (
        *("Agent", "infer_model", "model_request", "model_request_sync"),
        *("model_request_stream", "model_request_stream_sync"),
    )
)
ASKED: Final = frozenset(  # of an agent: each takes another model for once
    ("run", "run_sync", "run_stream", "run_stream_sync", "run_stream_events", "iter", "override")
)
RECORDS: Final = frozenset(("trail", "root_span"))  # of a run: what it has done
IMPORTERS: Final = frozenset(("import_module", "__import__"))
ADDRESSES: Final = (
    *("api.openai.com", "openai.azure.com", "api.anthropic.com", "api.mistral.ai", "api.groq.com"),
    *("generativelanguage.googleapis.com", "aiplatform.googleapis.com", "bedrock-runtime."),
    *("openrouter.ai", "api.cohere.com", "api.cohere.ai", "api.deepseek.com", "api.x.ai"),
    *("api.together.xyz", "api.fireworks.ai", "api-inference.huggingface.co"),
)


def reaches(name: str) -> bool:
    """Say whether the module or object called `name` leads to a model."""
    inside = any(name == known or name.startswith(f"{known}.") for known in LIBRARIES)
    return inside or name.startswith(FAMILIES)


def addressed(value: object) -> bool:
    """Say whether `value` is a text with the address of a provider in it."""
    return isinstance(value, str) and any(known in value.casefold() for known in ADDRESSES)
