"""Acts of the workflow: what a tool may do, who agreed to exactly that, and how it is undone."""
