"""Cookiecutter's way in: `prompts` gives it our questions, `project` writes what it was answered.

Both are called by `hooks/` in Cookiecutter's own environment, which has Jinja2 and PyYAML only.
"""
