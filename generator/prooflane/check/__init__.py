"""`prooflane check` and `explain`: what a repository says of itself, without its template.

`inspect` is the verb; its neighbours each look at one thing. Only `heal` asks for the template.
"""
