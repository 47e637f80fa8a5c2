"""A forge of our own: real HTTP on loopback, real git over smart HTTP, two dialects, faults.

    with serving(World(folder)) as forge:
        forge.world.add("acme/support", bare)
        forge.github   # the base URL of GitHub's dialect; forge.gitlab that of GitLab's

`World` is what the forge holds, and tests look into it; nothing of it is read from disk but git.
"""

from fakeforge.faults import Faults
from fakeforge.server import Forge, serving
from fakeforge.world import Account, Pull, Repository, World

__all__ = ["Account", "Faults", "Forge", "Pull", "Repository", "World", "serving"]
