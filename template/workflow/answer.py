"""Answers a question from the knowledge base: retrieve, ask the model, read its reply.

What the model may see and cost, and what is traced, is decided behind `run` by `controls/`.
"""

from pydantic_ai import Agent

from controls.run import Reply, Run
from workflow.retrieval import articles, search


def answer(question: str, run: Run) -> Reply:
    """Return the reply to `question` with the ids of what it quotes, or an abstention."""
    sources = search(question, [*articles(), *run.documents], run.top_k)
    prompt = run.prompt("answer")
    agent = Agent(run.model(prompt.model), instructions=prompt.text)
    return Reply.parse(agent.run_sync(f"{run.cite(sources)}\n\nQuestion: {question}").output)
