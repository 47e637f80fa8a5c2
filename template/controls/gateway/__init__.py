"""The model gateway: every call of a model passes here, or it does not happen.

`model.py` is the door (a pydantic-ai `Model`), `call.py` the path behind it; policy, ledger,
limits, safety and the embedded models are steps of that path and know nothing of one another.
"""
