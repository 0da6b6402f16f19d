"""Servers to compare with.

Each is a process that says `listening on http://HOST:PORT` and takes lines on stdin:

    tick MS     from now on every room gets a tick every so many milliseconds, all rooms on one beat
    recall      everybody is sent `breakout.recalled`
    stats       nothing but `{}`: what they use is seen from outside

They speak Breakout's frames (`frames.py`), so that everybody carries the same bytes.
"""
