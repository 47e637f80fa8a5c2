"""The evidence of a repository as one folder that an auditor can read (`check --evidence DIR`)."""
