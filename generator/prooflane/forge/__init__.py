"""Where repositories and their pull requests are: GitHub, GitLab, or folders of bare ones.

`model` says what a forge can do; each of the other modules does it for one of them. Nothing here
decides what is sent, or when.
"""
