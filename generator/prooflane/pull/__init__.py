"""Pull mode: a repository's own scheduled job brings it to a version inside its wave.

`standing` decides, from the template's record and the repository's name alone, whether its wave is
open; `record` reads what the platform team wrote; `propose` opens the one pull request, with the
code of a campaign and no ledger that lasts.
"""
