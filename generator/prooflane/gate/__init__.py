"""Runs the repository's own commands: set-up, checks, one question.

`process` starts a command and tells how it goes; `verify` decides which, and what they prove. No
control's check is implemented here: the repository judges itself.
"""
