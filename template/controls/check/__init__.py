"""Proves the controls of the tier: values in `model`, running in `runner`, showing in `screen`."""
