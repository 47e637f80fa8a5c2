"""Why a template leaves our renderer for Copier's."""


class NotHermeticError(Exception):
    """Names the feature that only Copier renders: the clock, chance, the machine, or a rarity."""
