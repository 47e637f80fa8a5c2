"""How results look: on a terminal, in a log, as JSON. Nothing is decided or computed here."""
