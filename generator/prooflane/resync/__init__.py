"""From a repository and a version of its template to the next state of that repository.

`replay` renders what the template gave then and gives now, `policy` says whose a file is, `plan`
decides the result without touching anything, `apply` makes it so.
"""
