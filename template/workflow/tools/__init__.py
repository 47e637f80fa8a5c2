"""The tools of the workflow; policy/tools.yaml says what each may do."""
