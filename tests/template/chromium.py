"""A real browser for the tests: headless Chromium, driven over a pipe, as a person uses a tab.

Where a machine has none, `needed` skips a test and says so.
"""

import base64
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PROGRAM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
AS_3_AND_4 = (
    "import os,sys;r,w=map(int,sys.argv[1:3]);os.dup2(r,3);os.dup2(w,4);"
    "os.execv(sys.argv[3],sys.argv[3:])"
)
PATIENCE = 20.0  # seconds for a page to show what is waited for

needed = pytest.mark.skipif(not PROGRAM, reason="no chromium on this machine")


class LeftError(Exception):
    """The page that was asked went away before it answered."""


@dataclass
class Tab:
    """One tab; what it says and does is what a person sees and does."""

    reads: int
    writes: int
    session: str = ""
    _number: int = 0
    _left: bytes = b""
    said: list[str] = field(default_factory=list)  # errors of the page

    def open(self, address: str) -> None:
        self._ask("Page.navigate", url=address)
        self.until("document.readyState === 'complete'")

    def text(self) -> str:
        return str(self.run("document.body.innerText"))

    def shows(self, text: str) -> None:
        """Wait until the page shows `text`."""
        self.until(f"document.body.innerText.includes({json.dumps(text)})")

    def click(self, selector: str) -> None:
        """Press the mouse in the middle of an element."""
        place = self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            " e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
            " return [r.x + r.width / 2, r.y + r.height / 2] })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            button = {"x": place[0], "y": place[1], "button": "left", "clickCount": 1}
            with contextlib.suppress(LeftError):  # by this very click
                self._ask("Input.dispatchMouseEvent", type=kind, **button)

    def type(self, selector: str, text: str) -> None:
        """Replace what stands in a field by typing."""
        self.click(selector)
        self.run(f"document.querySelector({json.dumps(selector)}).select()")
        self._ask("Input.insertText", text=text)

    def press_tab_until(self, selector: str) -> int:
        """Move the focus with the keyboard until it is on an element; return how many keys."""
        for count in range(1, 40):
            key = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
            self._ask("Input.dispatchKeyEvent", type="keyDown", **key)
            self._ask("Input.dispatchKeyEvent", type="keyUp", **key)
            if self.run(f"document.activeElement.matches({json.dumps(selector)})"):
                return count
        raise AssertionError(f"the keyboard does not reach {selector}")

    def enter(self) -> None:
        key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
        for kind in ("keyDown", "keyUp"):
            with contextlib.suppress(LeftError):  # by this very key
                self._ask("Input.dispatchKeyEvent", type=kind, **key)

    def window(self, width: int, *, dark: bool = False) -> None:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self._ask("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._ask("Emulation.setEmulatedMedia", features=[scheme])

    def picture(self, path: Path | None = None) -> bytes:
        data = base64.b64decode(self._ask("Page.captureScreenshot", format="png")["data"])
        if path:
            path.write_bytes(data)
        return data

    def run(self, code: str) -> object:
        found = self._ask("Runtime.evaluate", expression=code, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def until(self, code: str) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(LeftError):
                if self.run(f"document.body !== null && ({code})"):
                    return
            time.sleep(0.05)
        raise AssertionError(f"never {code}: {self.text()}")

    def _ask(self, method: str, **params: object) -> dict:
        self._number += 1
        asked = {"id": self._number, "method": method, "params": params}
        asked |= {"sessionId": self.session} if self.session else {}
        os.write(self.writes, json.dumps(asked).encode() + b"\0")
        while (answer := self._heard()).get("id") != self._number:
            entry = answer.get("params", {}).get("entry", {})
            if answer.get("method") == "Runtime.exceptionThrown" or entry.get("level") == "error":
                self.said.append(json.dumps(answer["params"]))
        failed = answer.get("error", {})
        if "navigated" in failed.get("message", ""):
            raise LeftError(method)
        assert not failed, (method, failed)
        return answer["result"]

    def _heard(self) -> dict:
        while b"\0" not in self._left:
            more = os.read(self.reads, 1 << 16)
            assert more, "chromium has ended"
            self._left += more
        first, _, self._left = self._left.partition(b"\0")
        return json.loads(first)


@contextlib.contextmanager
def tab(folder: Path) -> Iterator[Tab]:
    """Start a browser of its own, with its profile in `folder`, and give its tab."""
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    profile = f"--user-data-dir={folder / 'profile'}"
    program = [str(PROGRAM), *FLAGS, profile, "--remote-debugging-pipe", "about:blank"]
    ends = [str(theirs_in), str(theirs_out)]
    with subprocess.Popen(
        [sys.executable, "-c", AS_3_AND_4, *ends, *program],
        pass_fds=(theirs_in, theirs_out),
        stderr=subprocess.DEVNULL,
    ) as browser:
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            yield _attached(Tab(ours_in, ours_out))
        finally:
            browser.terminate()
            os.close(ours_in)
            os.close(ours_out)


def _attached(found: Tab) -> Tab:
    targets = found._ask("Target.getTargets")["targetInfos"]
    (page,) = [each["targetId"] for each in targets if each["type"] == "page"]
    found.session = found._ask("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
    for domain in ("Page", "Runtime", "Log"):
        found._ask(f"{domain}.enable")
    return found
