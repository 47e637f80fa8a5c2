"""Questions that can wait: kept in a queue, asked a few at a time, off the hot path."""
