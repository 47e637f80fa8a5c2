"""What a forge knows: who reviewed which commit, who pushed it, which protections are live."""
