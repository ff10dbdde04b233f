"""Chromium without a window, driven by the DevTools protocol over a pipe with Python's own library alone."""

import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.parse

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class NoBrowser(Exception):
    pass


class Browser:
    """With a page of its own; closed at the end of a `with`."""

    def __init__(self):
        program = next(filter(None, map(shutil.which, NAMES)), None)
        if program is None:
            raise NoBrowser("no Chromium here")
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        to_read, to_write = os.pipe(), os.pipe()
        command = [program, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu",
                   "--disable-dev-shm-usage", "--no-first-run", "--no-default-browser-check",
                   "--disable-background-networking", "--disable-component-update",
                   "--disable-extensions", "--hide-scrollbars", f"--user-data-dir={self.profile.name}", "about:blank"]

        def place_pipes():
            # The browser reads commands from 3 and writes answers to 4.
            read_end, write_end = os.dup(to_read[0]), os.dup(to_write[1])
            os.dup2(read_end, 3)
            os.dup2(write_end, 4)

        self.process = subprocess.Popen(command, preexec_fn=place_pipes, close_fds=False,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read[0])
        os.close(to_write[1])
        self.out, self.into, self.buffer = to_read[1], to_write[0], b""
        self.events, self.last = [], 0
        target = self.ask("Target.createTarget", {"url": "about:blank"})["targetId"]
        self.session = None
        self.session = self.ask("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def ask(self, method, parameters=None):
        self.last += 1
        message = {"id": self.last, "method": method, "params": parameters or {}}
        if self.last > 2:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.last:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def read(self):
        while b"\0" not in self.buffer:
            chunk = os.read(self.into, 1 << 16)
            if not chunk:
                raise RuntimeError("the browser is gone")
            self.buffer += chunk
        text, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(text)
        if "method" in message:
            self.events.append(message)
        return message

    def value(self, expression):
        answer = self.ask("Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True})
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"].get("description", "exception"))
        return answer["result"].get("value")

    def wait_for(self, method):
        while not any(event["method"] == method for event in self.events):
            self.read()

    def pointer(self, kind, x, y, pressed=False):
        """kind: mouseMoved, mousePressed or mouseReleased, at a place of the window."""
        self.ask("Input.dispatchMouseEvent", {
            "type": kind, "x": x, "y": y, "button": "none" if kind == "mouseMoved" and not pressed else "left",
            "buttons": 1 if pressed else 0, "clickCount": 0 if kind == "mouseMoved" else 1})

    def click(self, x, y):
        self.pointer("mouseMoved", x, y)
        self.pointer("mousePressed", x, y, pressed=True)
        self.pointer("mouseReleased", x, y)

    def drag(self, start, end):
        (left, top), (right, bottom) = start, end
        self.pointer("mouseMoved", left, top)
        self.pointer("mousePressed", left, top, pressed=True)
        self.pointer("mouseMoved", (left + right) / 2, (top + bottom) / 2, pressed=True)
        self.pointer("mouseMoved", right, bottom, pressed=True)
        self.pointer("mouseReleased", right, bottom)

    def touch(self, kind, *places):
        """kind: touchStart, touchMove or touchEnd, with a finger at each of the places."""
        self.ask("Input.dispatchTouchEvent", {
            "type": kind, "touchPoints": [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(places)]})

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.profile.cleanup()


def key(browser, name):
    codes = {"+": ("Equal", 187, "+")}
    numbers = {"ArrowLeft": 37, "ArrowRight": 39, "ArrowDown": 40, "Tab": 9, "Escape": 27}
    code, number, text = codes.get(name, (name, numbers.get(name, 0), ""))
    event = {"key": name, "code": code, "windowsVirtualKeyCode": number}
    browser.ask("Input.dispatchKeyEvent", {**event, "type": "keyDown" if text else "rawKeyDown", "text": text})
    browser.ask("Input.dispatchKeyEvent", {**event, "type": "keyUp"})


def open_page(browser, url):
    for domain in ("Page", "Runtime", "Network", "Log"):
        browser.ask(f"{domain}.enable")
    started = time.monotonic()
    browser.ask("Page.navigate", {"url": url})
    browser.wait_for("Page.loadEventFired")
    return time.monotonic() - started


def wait_until(browser, expression, seconds=20):
    """Until the page says so; while another page is being opened nobody can be asked."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if browser.value(expression):
                return
        except RuntimeError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"not so after {seconds} s: {expression}")


def problems(browser):
    told = []
    for event in browser.events:
        parameters = event["params"]
        if event["method"] == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            told.append(details.get("exception", {}).get("description") or details["text"])
        elif event["method"] == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
            told.append(str([item.get("value") for item in parameters["args"]]))
        elif event["method"] == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            told.append(parameters["entry"]["text"])
    return told


def requests(browser, url):
    asked = [event["params"]["request"]["url"] for event in browser.events
             if event["method"] == "Network.requestWillBeSent"]
    return [place for place in asked if place != url and not place.startswith("data:")]


def url_of(page):
    return page if "://" in page else "file://" + urllib.parse.quote(os.path.abspath(page))
