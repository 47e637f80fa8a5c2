"""Two small readers in this process, so that the machinery is real without a key or a network.

They are not language models: they quote sentences, they never write one, reason, follow an
instruction or know anything that is not in the sources of the prompt. They were built for traces,
budgets, policy, routing and evals to have something true to measure on day one; replace them with a
real model by one line of the manifest before judging what the workflow could do.
"""
