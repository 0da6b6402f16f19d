"""What may be wrong with an installation, looked at from the machine it is on: `breakout doctor`.

May import what the gateway may. Promises: nothing is written but a file for a moment, to see how fast the disk is; each finding
says what, and what to do; what the server would refuse is found before it is started.

Start reading at `examination.py`.
"""
