"""Asks the API it runs beside again and again, whatever becomes of the questions before.

Prints when each question was asked that had a good answer, and when that was, until something comes
on stdin.
"""

import sys
import threading
import time
import urllib.request

URL, PAUSE, LONGEST = "http://127.0.0.1:8000/api/v1/health", 0.05, 20.0
done = threading.Event()


def ask() -> None:
    asked = time.time()
    try:
        answer = urllib.request.urlopen(URL, timeout=5).read()
    except OSError:
        return
    if b'"redis_connection":"ok"' in answer:
        print(asked, time.time(), flush=True)


def asking() -> None:
    until = time.monotonic() + LONGEST
    while not done.is_set() and time.monotonic() < until:
        threading.Thread(target=ask, daemon=True).start()
        time.sleep(PAUSE)


print("asking", flush=True)
threading.Thread(target=asking, daemon=True).start()
sys.stdin.readline()
done.set()
