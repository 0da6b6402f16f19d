"""Load for Breakout: scenarios with knobs, honest figures, the same load on peers, reports.

    breakout-bench list                 what there is
    breakout-bench run ticks --peer floor

May import everything; nothing imports it. Start reading at `scenario.py` (what a scenario is) and `swarm.py` (how one process
is many clients).
"""
