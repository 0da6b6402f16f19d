"""What may happen in a room, one file per concern; `breakout.room_decide.decide` picks the function."""
