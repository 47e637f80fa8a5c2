"""Work for the tests of executors, in a module that workers can import."""

import os
import signal
import time


def double(items):
    return [item * 2 for item in items]


def deadly(items):
    if 13 in items:
        os.kill(os.getpid(), signal.SIGKILL)
    return double(items)


def lost(item):
    return f"lost {item}"


def asleep(items):
    time.sleep(60)
    return double(items)
