"""Policy: which call may be made. The engine, its inputs, the managed rules and their vectors."""
