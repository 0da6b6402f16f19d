"""Who goes into which room: the planner behind `breakout.assignments.preview` and `.apply`.

May import: the standard library, attrs and the rest of `breakout`. A plan is a pure function of its request: no clock,
and no randomness but that of the request's seed.

Promises: everybody asked for is either assigned or listed as unplaced, nobody twice; nobody is put into a room beyond
its capacity; but by hand, nobody is unplaced while a room has a free place, and sizes differ by at most one where
capacity and those who stay allow it. Wishes (together, apart, seldom met) come after these, and each one that could not
be kept is said in a sentence.

No step of the planner takes longer than a few milliseconds, so that an event loop can turn between them.

Start reading at `request.py` (what goes in and comes out), then `planner.py`.
"""
